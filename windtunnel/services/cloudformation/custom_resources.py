"""Custom resources: a function is asked, and puts its answer to the address that it was given.

stack ─ Create, Update, Delete ─► function ─ PUT {Status, PhysicalResourceId, Data} ─► /_cfn/TOKEN ─► stack

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.resources import ENFORCED, Physical, ResourceType, Wish
from windtunnel.services.cloudformation.stacks import StackTables

TRIES = 3
"""An asynchronous invocation that fails is tried twice again."""


class Answers(StackTables):
    """What functions have put, for those who wait for it."""

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._expected: dict[str, dict[str, Any] | None] = {}

    def expect(self) -> str:
        """A new token; the address of the answer ends with it."""
        token: str = self.ids.uuid()
        self._expected[token] = None
        return token

    def take(self, token: str, body: bytes) -> bool:
        """Keep an answer; False where nobody waits for it."""
        if token not in self._expected:
            return False
        try:
            found = msgspec.json.decode(body)
        except msgspec.DecodeError:
            found = None
        self._expected[token] = found if isinstance(found, dict) else {"Status": "FAILED", "Reason": "Invalid Json"}
        return True

    def end(self, token: str) -> dict[str, Any] | None:
        """The answer, if there is one; from now on nobody waits for it."""
        return self._expected.pop(token, None)

    def come(self, token: str) -> bool:
        return self._expected.get(token) is not None


class CustomResourceType(ResourceType):
    """Also every `Custom::Name`. The function is asked again when it fails without an answer, as often as on AWS."""

    type = "AWS::CloudFormation::CustomResource"
    properties = {"ServiceToken": ENFORCED, "ServiceTimeout": "stored"}
    open_ended = True
    replaces = frozenset({"ServiceToken"})

    async def create(self, wish: Wish) -> Physical:
        return await self._ask("Create", wish.properties, wish)

    async def update(self, physical: Physical, wish: Wish, old: dict[str, Any]) -> Physical:
        about = {"PhysicalResourceId": physical.id, "OldResourceProperties": _texts(old)}
        return await self._ask("Update", wish.properties, wish, about)

    async def delete(self, physical: Physical, properties: dict[str, Any]) -> None:
        about = physical.attributes.get("_") or {}
        wish = Wish(
            logical_id=about.get("logical_id", ""), properties=properties, stack="", stack_id=about.get("stack_id", ""),
            account="", region="", name=physical.id,
        )  # fmt: skip
        await self._ask("Delete", properties, wish, {"PhysicalResourceId": physical.id}, about.get("kind", ""))

    async def _ask(
        self, act: str, properties: dict[str, Any], wish: Wish, more: dict[str, Any] | None = None, kind: str = ""
    ) -> Physical:
        home = self.home
        token = str(properties.get("ServiceToken") or "")
        if ":lambda:" not in token:
            raise ApiError(
                "NotImplemented", f"A ServiceToken that is no function is not implemented by windtunnel: {token}"
            )
        answers = home.service("cloudformation").nouns["Answers"]
        waiting = answers.expect()
        kind = kind or self.named or self.type
        event = {
            "RequestType": act, "ServiceToken": token, "ResponseURL": f"{home.cloud.endpoint}/_cfn/{waiting}?from=stack",
            "StackId": wish.stack_id, "RequestId": home.ids.uuid(), "LogicalResourceId": wish.logical_id,
            "ResourceType": kind, "ResourceProperties": _texts(properties), **(more or {}),
        }  # fmt: skip
        said = ""
        for _ in range(TRIES):
            outcome = await self.call(
                "lambda", "Invoke", {"FunctionName": token, "Payload": msgspec.json.encode(event)}
            )
            said = (outcome.get("Payload") or b"").decode("utf-8", "replace") if "FunctionError" in outcome else ""
            if answers.come(waiting) or not said:
                break
        answer = answers.end(waiting)
        if answer is None:
            end = f"it failed with {said}" if said else "it ended without one"
            raise ApiError(
                "NotStabilized",
                "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
                f"[{event['RequestId']}]: the function was to put its answer to the ResponseURL of the event, and {end}.",
            )
        if answer.get("Status") != "SUCCESS":
            raise ApiError(
                "GeneralServiceException",
                "Received response status [FAILED] from custom resource. Message returned: "
                f"{answer.get('Reason') or ''} (RequestId: {event['RequestId']})",
            )
        about = {"logical_id": wish.logical_id, "stack_id": wish.stack_id, "kind": kind}
        data = answer.get("Data") if isinstance(answer.get("Data"), dict) else {}
        return Physical(str(answer.get("PhysicalResourceId") or wish.name), {**data, "_": about})


def _texts(value: Any) -> Any:
    """Properties as CloudFormation hands them on: every number and truth as text."""
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None else str(value)
