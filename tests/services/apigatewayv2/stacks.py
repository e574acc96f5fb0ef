"""Stacks with an API and a function that echoes its event."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

CODE = """        import json
        def handler(event, context):
            return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}"""


def deployed(cloud, template: str, whole: bool = False) -> Any:
    """The outputs of the stack, created or updated; `whole` gives its description, or what refuses it."""
    client = cloud.client("cloudformation")
    wish = {"StackName": "shop", "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]}
    try:
        try:
            client.describe_stacks(StackName="shop")
        except ClientError:
            client.create_stack(**wish)
        else:
            client.update_stack(**wish)
    except ClientError as refusal:
        return str(refusal)
    cloud.settle()
    stack = client.describe_stacks(StackName="shop")["Stacks"][0]
    if whole:
        return stack
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = client.describe_stack_events(StackName="shop")["StackEvents"]
        raise AssertionError([e.get("ResourceStatusReason") for e in events if e["ResourceStatus"].endswith("FAILED")])
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
