"""Where the answers of AWS show other constraints than its models: service → shape → traits."""

from __future__ import annotations

from typing import Any

_STACK_NAME = {"pattern": "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"}

# AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html (AttributeNames takes the
# names of message attributes too; unknown ones are refused by the service in its own words)
_ANY_NAME: dict[str, Any] = {"enum": None}

# AWS: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html (the answers show one pair of
# parentheses less); .../dg/gettingstarted-limits.html (the models have the limits of Managed Instances)
_LAYER = {
    "pattern": r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:"
    r"[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
}

# AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
CORRECTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "cloudformation": {"StackName": _STACK_NAME, "StackNameOrId": _STACK_NAME},
    "lambda": {"LayerVersionArn": _LAYER, "MemorySize": {"max": 10_240}, "Timeout": {"max": 900}},
    "sqs": {"QueueAttributeName": _ANY_NAME},
}


def correct(service: str, model: dict[str, Any]) -> dict[str, Any]:
    """The same model, corrected in place."""
    for shape, traits in CORRECTIONS.get(service, {}).items():
        if shape in model["shapes"]:
            model["shapes"][shape].update(traits)
            model["shapes"][shape] = {
                name: trait for name, trait in model["shapes"][shape].items() if trait is not None
            }
    return model
