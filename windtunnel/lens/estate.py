"""The estate: an application as rules ask about it, whether only read or also deployed and watched.

template + source ──► functions, queues, apis, alarms, roles …         static: nothing ran
+ deployment, flight record, results of experiments                    after a check
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from windtunnel.deploy.intrinsics import names_in
from windtunnel.deploy.template import Template
from windtunnel.kernel.recorder import Entry
from windtunnel.lens.resources import SERVERLESS_FUNCTION, EventSource, FunctionResource, Resource, plain

FUNCTION_TYPES = (SERVERLESS_FUNCTION, "AWS::Lambda::Function")
_GLOBALS = {
    SERVERLESS_FUNCTION: "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::StateMachine": "StateMachine",
}


class Statement(Resource):
    """One statement of a policy, as a resource of the report: `logical_id` is that of the function or role that has it."""

    def __init__(self, owner: Resource, statement: dict[str, Any], position: tuple[str | int, ...]) -> None:
        super().__init__(owner.template, owner.logical_id, owner.properties)
        self.statement = statement
        self.position = position

    @property
    def actions(self) -> list[str]:
        return _listed(self.statement.get("Action"))

    @property
    def targets(self) -> list[Any]:
        return _listed(self.statement.get("Resource"))


class Estate:
    def __init__(
        self,
        template: Template,
        today: date,
        facts: list[Entry] | None = None,
        physical: dict[str, str] | None = None,
        results: dict[str, list[Any]] | None = None,
        packages: dict[str, Path] | None = None,
    ) -> None:
        """
        `facts` None: nothing ran. `physical` are names by logical id; `results` those of experiments, by name; `packages` the
        folders with the functions' packages as they were deployed.
        """
        self.packages = packages or {}
        self.template = template
        self.today = today
        self.static = facts is None
        self.physical = physical or {}
        self.results = results or {}
        self._facts: dict[str, list[Entry]] = {}
        for entry in facts or []:
            self._facts.setdefault(entry.kind, []).append(entry)

    # What was seen

    def facts(self, kind: str, **fields: Any) -> list[Entry]:
        """Entries of the flight record, in order."""
        found = self._facts.get(kind, [])
        return [e for e in found if all(getattr(e.fact, k) == v for k, v in fields.items())] if fields else found

    def invocations(self, function: FunctionResource) -> list[Entry]:
        """What the engine recorded of each invocation of a function, in order."""
        return [e for e in self.facts("Invoked") if self.is_of(e.fact.function_arn, function)]

    def is_of(self, arn: str, resource: Resource) -> bool:
        """Whether an ARN, with or without a version, names this resource as it was deployed."""
        name = self.physical.get(resource.logical_id, "")
        return bool(name) and (f":{name}:" in f"{arn}:" or arn.endswith(f":{name}"))

    def logs(self, function: FunctionResource) -> list[tuple[str, str]]:
        """Every line that a function's log group got: (where, message)."""
        name = self.physical.get(function.logical_id, "")
        group = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
        groups = {f"/aws/lambda/{name}"} | {self.physical.get(each, each) for each in names_in(group)}
        if isinstance(group, str):
            groups.add(group)
        return [
            (f"LogsWritten #{e.seq}", message)
            for e in self.facts("LogsWritten")
            if e.fact.group in groups
            for _, message in e.fact.events
        ]

    def result(self, experiment: str, resource: Resource) -> Any | None:
        """What an experiment found out about a resource; None where it did not run on it."""
        return next((each for each in self.results.get(experiment, []) if each.resource == resource.logical_id), None)

    # What there is

    @cached_property
    def resources(self) -> list[Resource]:
        return [self._resource(name) for name in self.template.resources]

    def of_type(self, *types: str) -> list[Resource]:
        return [each for each in self.resources if each.type in types]

    def named(self, logical_id: str) -> Resource | None:
        return next((each for each in self.resources if each.logical_id == logical_id), None)

    @cached_property
    def functions(self) -> list[FunctionResource]:
        functions = [each for each in self.resources if isinstance(each, FunctionResource)]
        for function in functions:
            function.event_sources = [*_sam_events(function), *self._other_sources(function)]
        return functions

    @property
    def queues(self) -> list[Resource]:
        return self.of_type("AWS::SQS::Queue")

    @property
    def alarms(self) -> list[Resource]:
        return self.of_type("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")

    @property
    def log_groups(self) -> list[Resource]:
        return self.of_type("AWS::Logs::LogGroup")

    @property
    def apis(self) -> list[Resource]:
        return self.of_type(
            "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
        )

    @cached_property
    def statements(self) -> list[Statement]:
        """Every policy statement that a function or role of the template has."""
        found: list[Statement] = []
        for each in self.resources:
            if each.type == SERVERLESS_FUNCTION:
                found += _in_documents(each, ("Policies",), _listed(each.properties.get("Policies")))
            elif each.type == "AWS::IAM::Role":
                policies = _listed(each.properties.get("Policies"))
                documents = [p.get("PolicyDocument") if isinstance(p, dict) else None for p in policies]
                found += _in_documents(each, ("Policies",), documents, ("PolicyDocument",))
            elif each.type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
                document = each.properties.get("PolicyDocument") or {}
                found += _statements(each, document, ("PolicyDocument",))
        return found

    def failure_target(self, function: FunctionResource) -> str:
        """Where an event goes that the function failed to process: a logical id or ARN; empty where nowhere."""
        given = function.properties.get("DeadLetterQueue") or function.properties.get("DeadLetterConfig") or {}
        target = given.get("TargetArn") if isinstance(given, dict) else None
        config = function.properties.get("EventInvokeConfig") or {}
        on_failure = ((config.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        for each in self.of_type("AWS::Lambda::EventInvokeConfig"):
            if each.mentions(function.logical_id, "FunctionName"):
                on_failure = on_failure or (
                    (each.properties.get("DestinationConfig") or {}).get("OnFailure") or {}
                ).get("Destination")
        wanted = target or on_failure
        if not wanted:
            return ""
        return next(iter(names_in(wanted)), "") or str(wanted)

    def _resource(self, name: str) -> Resource:
        written = self.template.resources[name]
        kind = written["Type"]
        shared = (self.template.document.get("Globals") or {}).get(_GLOBALS.get(kind, "")) or {}
        properties = plain(self.template, _merged(shared, written.get("Properties") or {}))
        made = FunctionResource if kind in FUNCTION_TYPES else Resource
        return made(self.template, name, properties)

    def _other_sources(self, function: FunctionResource) -> list[EventSource]:
        """Event sources that are resources of their own."""
        found = []
        for each in self.resources:
            kind, origin = _source_kind(each)
            if kind and each.mentions(function.logical_id):
                found.append(EventSource(each.logical_id, kind, each.where(), origin, each.properties))
        return found


def _sam_events(function: FunctionResource) -> list[EventSource]:
    found = []
    for name, event in (function.properties.get("Events") or {}).items():
        settings = event.get("Properties") or {}
        origins = [
            settings.get(key) for key in ("Queue", "Topic", "Bucket", "Stream", "RestApiId", "ApiId", "EventBusName")
        ]
        origin = next((next(iter(names_in(value)), "") for value in origins if value is not None), "")
        found.append(EventSource(name, event.get("Type", ""), function.where("Events", name), origin, settings))
    return found


def _source_kind(resource: Resource) -> tuple[str, str]:
    """Which kind of event source a resource is, and the logical id of its origin."""
    if resource.type == "AWS::Lambda::EventSourceMapping":
        arn = resource.properties.get("EventSourceArn")
        origin = next(iter(names_in(arn)), "")
        origin_type = (resource.template.resources.get(origin) or {}).get("Type", "")
        kinds = {"AWS::SQS::Queue": "SQS", "AWS::Kinesis::Stream": "Kinesis", "AWS::DynamoDB::Table": "DynamoDB"}
        text = str(arn)
        guessed = "SQS" if ":sqs:" in text else "Kinesis" if ":kinesis:" in text else "DynamoDB"
        return kinds.get(origin_type, guessed), origin
    if resource.type == "AWS::SNS::Subscription" and resource.properties.get("Protocol") == "lambda":
        return "SNS", next(iter(names_in(resource.properties.get("TopicArn"))), "")
    if resource.type == "AWS::Events::Rule":
        return ("Schedule" if resource.properties.get("ScheduleExpression") else "EventBridgeRule"), resource.logical_id
    if resource.type == "AWS::Scheduler::Schedule":
        return "ScheduleV2", resource.logical_id
    if resource.type == "AWS::S3::Bucket" and resource.properties.get("NotificationConfiguration"):
        return "S3", resource.logical_id
    return "", ""


def _in_documents(
    owner: Resource, at: tuple[str | int, ...], documents: list[Any], inside: tuple[str, ...] = ()
) -> list[Statement]:
    found: list[Statement] = []
    for number, document in enumerate(documents):
        if isinstance(document, dict) and "Statement" in document:
            found += _statements(owner, document, (*at, number, *inside))
    return found


def _statements(owner: Resource, document: dict[str, Any], at: tuple[str | int, ...]) -> list[Statement]:
    return [
        Statement(owner, statement, (*at, "Statement", number))
        for number, statement in enumerate(_listed(document.get("Statement")))
        if isinstance(statement, dict)
    ]


def _merged(shared: Any, own: Any) -> Any:
    """SAM's rule: maps merge, lists add up, everything else is overridden."""
    if isinstance(shared, dict) and isinstance(own, dict):
        intrinsic = any(key == "Ref" or key.startswith("Fn::") for key in (*shared, *own))
        return own if intrinsic else {key: _merged(shared[key], own[key]) if key in shared and key in own else own.get(key, shared.get(key)) for key in {**shared, **own}}  # fmt: skip
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
