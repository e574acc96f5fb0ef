"""Who of elsewhere may invoke a function: its policy decides."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.calls import Call
from windtunnel.aws.visitors import Asked, Visiting
from windtunnel.services.lambda_ import names
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.permissions import document


class Visitors(LambdaTables, Visiting):
    refusal = ("AccessDeniedException", 403)
    named = "FunctionName"

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.policies.follow(lambda old, new: self.judge_anew())

    def asked(self, call: Call) -> list[Asked]:
        named = names.parse(call.params["FunctionName"], call.params.get("Qualifier"))
        policy = self.policies.get(named.name, named.qualifier)
        resource = self.arn_of(named.name, named.qualifier)
        return [Asked("lambda:InvokeFunction", resource, document(policy) if policy is not None else "")]
