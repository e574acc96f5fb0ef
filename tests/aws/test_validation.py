"""What the models forbid is refused in AWS's words."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.aws import models, validation
from windtunnel.aws.errors import ApiError


def refusal(service: str, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(ApiError) as raised:
        validation.check(models.load(service).operations[operation], params)
    return raised.value.code, raised.value.message


def test_a_good_call_passes() -> None:
    validation.check(models.load("sqs").operations["SendMessage"], {"QueueUrl": "u", "MessageBody": "b"})


def test_a_value_outside_an_enumeration_is_shown_with_the_values_in_the_order_of_aws() -> None:
    assert refusal("stepfunctions", "ListExecutions", statusFilter="succeeded") == (
        "ValidationException",
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
    )


def test_paths_have_small_first_letters() -> None:
    _, message = refusal(
        "lambda",
        "CreateFunction",
        FunctionName="f",
        Role="arn:aws:iam::000000000000:role/r",
        Code={},
        SnapStart={"ApplyOn": "invalidOption"},
    )

    assert message == (
        "1 validation error detected: Value 'invalidOption' at 'snapStart.applyOn' failed to satisfy constraint: "
        "Member must satisfy enum value set: [PublishedVersions, None]"
    )


def test_a_missing_member_is_null() -> None:
    assert refusal("sns", "SetSubscriptionAttributes") == (
        "ValidationError",
        "2 validation errors detected: Value null at 'subscriptionArn' failed to satisfy constraint: "
        "Member must not be null; Value null at 'attributeName' failed to satisfy constraint: Member must not be null",
    )


def test_elements_of_a_list_are_numbered_from_one() -> None:
    _, message = refusal("kms", "CreateKey", Tags=[{"TagKey": "a" * 129, "TagValue": ""}])

    assert message == (
        f"1 validation error detected: Value '{'a' * 129}' at 'tags.1.member.tagKey' failed to satisfy constraint: "
        "Member must have length less than or equal to 128"
    )


def test_simple_elements_are_refused_together_with_all_their_constraints() -> None:
    _, message = refusal("lambda", "UpdateFunctionConfiguration", FunctionName="f", Layers=["wrong"])

    assert message.startswith(
        "1 validation error detected: Value '[wrong]' at 'layers' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must have length less than or equal to 2048, Member must have length greater than or "
        "equal to 1, Member must satisfy regular expression pattern: "
    )
    assert message.endswith(", Member must not be null]")


def test_api_gateway_names_the_input_for_members_of_the_body() -> None:
    params = {"restApiId": "a", "resourceId": "r", "httpMethod": "GET", "patchOperations": [{"op": "wrong_op"}]}

    assert refusal("apigateway", "UpdateMethodResponse", statusCode="wrong", **params) == (
        "ValidationException",
        "2 validation errors detected: Value 'wrong_op' at 'updateMethodResponseInput.patchOperations.1.member.op' "
        "failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]; "
        "Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        r"[1-5]\d\d",
    )


def test_the_elements_of_api_gateways_lists_are_not_called_null() -> None:
    _, message = refusal("apigateway", "CreateRestApi", name="a", endpointConfiguration={"types": ["wrong"]})

    assert message == (
        "1 validation error detected: Value '[wrong]' at 'createRestApiInput.endpointConfiguration.types' failed to "
        "satisfy constraint: Member must satisfy constraint: "
        "[Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]"
    )


def test_secret_values_are_not_shown() -> None:
    _, message = refusal("kms", "Encrypt", KeyId="k", Plaintext=b"x" * 4097)

    assert message == (
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096"
    )


def test_the_code_is_one_that_the_operation_declares() -> None:
    limit, _ = refusal("logs", "FilterLogEvents", limit=10001)
    format_, _ = refusal("logs", "PutDeliveryDestination", name="n", outputFormat="foobar")

    assert (limit, format_) == ("InvalidParameterException", "ValidationException")


def test_identities_show_neither_values_nor_enumerations() -> None:
    key = {"ServiceSpecificCredentialId": "A" * 20}

    assert refusal("iam", "UpdateServiceSpecificCredential", Status="Invalid", **key) == (
        "ValidationError",
        "1 validation error detected: Value at 'status' failed to satisfy constraint: "
        "Member must satisfy enum value set",
    )


def test_a_constraint_that_only_the_answers_of_aws_show_is_known() -> None:
    assert refusal("cloudformation", "CreateStack", StackName="*@_$") == (
        "ValidationError",
        "1 validation error detected: Value '*@_$' at 'stackName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
    )


def test_queues_have_words_of_their_own() -> None:
    assert refusal("sqs", "CreateQueue") == (
        "MissingParameter",
        "The request must contain the parameter QueueName.",
    )


def test_objects_are_not_checked_against_the_model() -> None:
    validation.check(models.load("s3").operations["GetObject"], {})


@pytest.mark.parametrize(
    "listed",
    [
        "SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING",
        "add, remove, move, test, replace, copy",
        "LATEST, AT_TIMESTAMP, TRIM_HORIZON",
        "HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512",
        "RESPONSE_STREAM, BUFFERED",
        "w3c, raw, json, plain, parquet",
    ],
)
def test_enumerations_are_listed_in_the_order_of_a_hash_table(listed: str) -> None:
    from windtunnel.aws.constraints import in_java_order

    operations = models.load("logs").shapes.named("OutputFormat").enum
    values = (
        operations
        if "w3c" in listed
        else {"SUCCEEDED": models.load("stepfunctions").shapes.named("ExecutionStatus").enum}.get(
            listed.partition(",")[0], tuple(listed.split(", "))
        )
    )

    assert in_java_order(tuple(values)) == listed.split(", ")
