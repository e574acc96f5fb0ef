"""Targets of rules: who gets what a rule matches, and in which form."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.aws.paging import page
from windtunnel.services.events.buses import EventTables, check_own
from windtunnel.services.events.records import Target

MOST_TARGETS = 5
SERVICES = ("sqs", "sns", "lambda", "events", "logs", "kinesis", "states")
_FORMS = ("Input", "InputPath", "InputTransformer")
_MEMBERS = {
    "Id", "Arn", "RoleArn", *_FORMS, "SqsParameters", "KinesisParameters", "HttpParameters", "DeadLetterConfig", "RetryPolicy"
}  # fmt: skip


class Targets(EventTables):
    def put_targets(self, ctx, Rule, Targets, EventBusName=None):
        rule = self.rule_at(Rule, EventBusName)
        check_own(rule)
        for target in Targets:
            _check(target)
        known = {each.id for each in self.targets.all(rule.place)}
        if len(known | {target["Id"] for target in Targets}) > MOST_TARGETS:
            raise ApiError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        for target in Targets:
            self.targets.put(Target(rule=rule.place, id=target["Id"], arn=target["Arn"], wish=dict(target)))
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, ctx, Rule, Ids, EventBusName=None, Force=False):
        rule = self.rule_at(Rule, EventBusName)
        check_own(rule, Force)
        failed = []
        for id in Ids:
            if self.targets.delete(rule.place, id) is None:
                message = f"Rule {rule.name} does not have a target with Id {id}."
                failed.append({"TargetId": id, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": message})
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    def list_targets_by_rule(self, ctx, Rule, EventBusName=None, NextToken=None, Limit=None):
        rule = self.rule_at(Rule, EventBusName)
        found = sorted(self.targets.all(rule.place), key=lambda target: target.id)
        return page("Targets", [target.wish for target in found], NextToken, Limit)


def _check(target: dict[str, Any]) -> None:
    parts = target["Arn"].split(":")
    if parts[0] != "arn" or len(parts) < 6:
        raise ApiError(
            "ValidationException",
            f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format.",
        )
    if parts[2] not in SERVICES:
        raise NotImplementedHere(f"A target of the service {parts[2]}")
    if len([form for form in _FORMS if target.get(form)]) > 1:
        message = f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        raise ApiError("ValidationException", message)
    if target["Arn"].endswith(".fifo") and not target.get("SqsParameters", {}).get("MessageGroupId"):
        message = f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
        raise ApiError("ValidationException", message)
    if parts[2] == "states" and not target.get("RoleArn"):
        raise ApiError("ValidationException", f"RoleArn is required for target {target['Arn']}.")
    unknown = target.keys() - _MEMBERS
    if unknown:
        raise NotImplementedHere(f"The member {sorted(unknown)[0]} of a target")
