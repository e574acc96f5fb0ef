"""
SQS as the query protocol knows it.

The model of today describes SQS in JSON only and has lost the names that its lists and maps have in forms and in XML.
They stand here, and give a second `Service` for the older SDKs.
"""

from __future__ import annotations

import functools
from typing import Any

from windtunnel.aws import models
from windtunnel.aws.models import Service

WITHOUT_DETAIL = ("AWS.SimpleQueueService.TooManyEntriesInBatchRequest",)
"""Errors that are answered before the others, in an older form."""
XML_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"

# (shape, member) → the name of that member's elements. AWS: AWSSimpleQueueService API reference, query examples.
_NAMES = {
    ("AddPermissionRequest", "AWSAccountIds"): "AWSAccountId",
    ("AddPermissionRequest", "Actions"): "ActionName",
    ("ChangeMessageVisibilityBatchRequest", "Entries"): "ChangeMessageVisibilityBatchRequestEntry",
    ("ChangeMessageVisibilityBatchResult", "Successful"): "ChangeMessageVisibilityBatchResultEntry",
    ("ChangeMessageVisibilityBatchResult", "Failed"): "BatchResultErrorEntry",
    ("CreateQueueRequest", "Attributes"): "Attribute",
    ("CreateQueueRequest", "tags"): "Tag",
    ("DeleteMessageBatchRequest", "Entries"): "DeleteMessageBatchRequestEntry",
    ("DeleteMessageBatchResult", "Successful"): "DeleteMessageBatchResultEntry",
    ("DeleteMessageBatchResult", "Failed"): "BatchResultErrorEntry",
    ("GetQueueAttributesRequest", "AttributeNames"): "AttributeName",
    ("GetQueueAttributesResult", "Attributes"): "Attribute",
    ("ListDeadLetterSourceQueuesResult", "queueUrls"): "QueueUrl",
    ("ListMessageMoveTasksResult", "Results"): "ListMessageMoveTasksResultEntry",
    ("ListQueueTagsResult", "Tags"): "Tag",
    ("ListQueuesResult", "QueueUrls"): "QueueUrl",
    ("Message", "Attributes"): "Attribute",
    ("Message", "MessageAttributes"): "MessageAttribute",
    ("MessageAttributeValue", "BinaryListValues"): "BinaryListValue",
    ("MessageAttributeValue", "StringListValues"): "StringListValue",
    ("MessageSystemAttributeValue", "BinaryListValues"): "BinaryListValue",
    ("MessageSystemAttributeValue", "StringListValues"): "StringListValue",
    ("ReceiveMessageRequest", "AttributeNames"): "AttributeName",
    ("ReceiveMessageRequest", "MessageSystemAttributeNames"): "MessageSystemAttributeName",
    ("ReceiveMessageRequest", "MessageAttributeNames"): "MessageAttributeName",
    ("ReceiveMessageResult", "Messages"): "Message",
    ("SendMessageBatchRequest", "Entries"): "SendMessageBatchRequestEntry",
    ("SendMessageBatchRequestEntry", "MessageAttributes"): "MessageAttribute",
    ("SendMessageBatchRequestEntry", "MessageSystemAttributes"): "MessageSystemAttribute",
    ("SendMessageBatchResult", "Successful"): "SendMessageBatchResultEntry",
    ("SendMessageBatchResult", "Failed"): "BatchResultErrorEntry",
    ("SendMessageRequest", "MessageAttributes"): "MessageAttribute",
    ("SendMessageRequest", "MessageSystemAttributes"): "MessageSystemAttribute",
    ("SetQueueAttributesRequest", "Attributes"): "Attribute",
    ("TagQueueRequest", "Tags"): "Tag",
    ("UntagQueueRequest", "TagKeys"): "TagKey",
}


@functools.cache
def service() -> Service:
    """The model of SQS with the names of the query protocol; shapes and operations are called as in the other one."""
    model = models.read("sqs")
    model["metadata"]["xmlNamespace"] = XML_NAMESPACE
    shapes = model["shapes"]
    for (shape, member), element in _NAMES.items():
        reference = shapes[shape]["members"][member]
        _name(shapes[reference["shape"]], reference, element)
    for operation in model["operations"].values():
        if "output" in operation:
            operation["output"]["resultWrapper"] = f"{operation['name']}Result"
    return Service("sqs", model)


def _name(target: dict[str, Any], reference: dict[str, Any], element: str) -> None:
    """Lists are called by their reference too, since one list shape may serve several members."""
    reference["locationName"] = element
    reference["flattened"] = True
    if target["type"] == "map":
        tags = element == "Tag"
        target["key"]["locationName"] = "Key" if tags else "Name"
        target["value"]["locationName"] = "Value"
