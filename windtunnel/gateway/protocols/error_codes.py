"""Error codes that the models do not spell out: prefixes, names in the query protocol, and HTTP statuses."""

from __future__ import annotations

# `__type` of the JSON protocols carries a namespace in some services.
NAMESPACES = {
    "cloudwatch": "com.amazonaws.cloudwatch.v2010_08_01",
    "dynamodb": "com.amazonaws.dynamodb.v20120810",
    "dynamodbstreams": "com.amazonaws.dynamodb.v20120810",
    "sqs": "com.amazonaws.sqs",
    "stepfunctions": "com.amazonaws.swf.service.v2.model",
}
_CORAL = {
    "SerializationException": "com.amazon.coral.service",
    "UnknownOperationException": "com.amazon.coral.service",
    "InternalFailure": "com.amazon.coral.service",
    "ValidationException": "com.amazon.coral.validate",
}
_DYNAMODB = frozenset({"dynamodb", "dynamodbstreams"})

# AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
_QUERY_CODES = {
    "sqs": {
        "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
        "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
        "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
        "InvalidParameterValueException": "InvalidParameterValue",
        "KmsAccessDenied": "KMS.AccessDeniedException",
        "KmsDisabled": "KMS.DisabledException",
        "KmsInvalidKeyUsage": "KMS.InvalidKeyUsageException",
        "KmsInvalidState": "KMS.InvalidStateException",
        "KmsNotFound": "KMS.NotFoundException",
        "KmsOptInRequired": "KMS.OptInRequired",
        "KmsThrottled": "KMS.ThrottlingException",
        "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
        "MissingRequiredParameterException": "MissingParameter",
        "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
        "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
        "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists": "QueueAlreadyExists",
        "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
    },
}
_SHAPE_NAMES = {service: {code: name for name, code in codes.items()} for service, codes in _QUERY_CODES.items()}

# AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_STATUSES = {
    "s3": {
        304: "NotModified",
        403: """AccessDenied AccountProblem CrossLocationLoggingProhibitted InvalidAccessKeyId InvalidObjectState RequestTimeTooSkewed
             SignatureDoesNotMatch InvalidSecurity""",
        404: """NoSuchBucket NoSuchBucketPolicy NoSuchConfiguration NoSuchCORSConfiguration NoSuchKey
             NoSuchLifecycleConfiguration NoSuchObjectLockConfiguration NoSuchPublicAccessBlockConfiguration
             NoSuchTagSet NoSuchUpload NoSuchVersion NoSuchWebsiteConfiguration
             ObjectLockConfigurationNotFoundError OwnershipControlsNotFoundError
             ReplicationConfigurationNotFoundError ServerSideEncryptionConfigurationNotFoundError""",
        405: "MethodNotAllowed",
        409: """BucketAlreadyExists BucketAlreadyOwnedByYou BucketNotEmpty ConditionalRequestConflict
             InvalidBucketState OperationAborted""",
        411: "MissingContentLength",
        412: "PreconditionFailed",
        416: "InvalidPartNumber InvalidRange",
        500: "InternalError",
        501: "NotImplemented",
        503: "ServiceUnavailable SlowDown",
    },
    "sqs": {403: "AWS.SimpleQueueService.PurgeQueueInProgress"},
    # AWS: https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html
    "": {
        403: """AccessDenied ExpiredToken IncompleteSignature InvalidClientTokenId MissingAuthenticationToken OptInRequired
             RequestExpired SignatureDoesNotMatch InvalidSignatureException UnrecognizedClientException
             MissingAuthenticationTokenException""",
        404: "MalformedQueryString",
        413: "RequestEntityTooLarge RequestEntityTooLargeException EntityTooLarge",
        500: "InternalFailure InternalError InternalServerError InternalServiceError ServiceException",
        501: "NotImplemented",
        503: "ServiceUnavailable ServiceUnavailableException",
    },
}
_BY_CODE = {
    (service, code): status
    for service, statuses in _STATUSES.items()
    for status, codes in statuses.items()
    for code in codes.split()
}
_REST = frozenset({"lambda", "apigateway", "apigatewayv2", "scheduler", "xray", "pipes"})


def typed(service: str, name: str) -> str:
    """The code as `__type` shows it."""
    if name in _CORAL and (service in _DYNAMODB or name != "ValidationException"):
        return f"{_CORAL[name]}#{name}"
    namespace = NAMESPACES.get(service)
    return f"{namespace}#{name}" if namespace else name


def query_code(service: str, name: str) -> str:
    """How the query protocol calls the error shape of that name."""
    return _QUERY_CODES.get(service, {}).get(name, name)


def shape_name(service: str, code: str) -> str:
    """The error shape's name for a code of the query protocol."""
    return _SHAPE_NAMES.get(service, {}).get(code, code)


def status(service: str, code: str) -> int | None:
    """The HTTP status where the model has none."""
    if code == "AccessDeniedException":
        return 403 if service in _REST else 400
    return _BY_CODE.get((service, code)) or _BY_CODE.get(("", code))
