"""The Lambda best-practices guide, line by line: what runs each practice here, and what is still missing.

Which rules judge a practice is not said here: it is read from the rules.
"""

from __future__ import annotations

import msgspec

WORKS = "works"
PARTLY = "partly"
NOT_YET = "not yet"
STATES = (WORKS, PARTLY, NOT_YET)


class Practice(msgspec.Struct, frozen=True):
    """A line of the guide. `runs` is what of the platform lets an application follow it; `missing` what does not yet."""

    id: str
    title: str
    state: str
    runs: str = ""
    missing: str = ""


_ALARMS = "alarms are stored; no metric is evaluated yet"
_METRICS = "CloudWatch metrics"

GUIDE: tuple[Practice, ...] = (
    Practice(
        "A1",
        "EventBridge for complex event routing",
        WORKS,
        "EventBridge: buses, rules, schedules, transformers, API destinations, retries, archives; events of S3; Scheduler",
    ),
    Practice(
        "A2",
        "Dead-letter queues for failed event processing",
        WORKS,
        "asynchronous retries, dead-letter queues, destinations, redrive; `windtunnel dlq`",
    ),
    Practice("A3", "Stateless functions", WORKS, "one process an environment, reused or fresh at will"),
    Practice(
        "A4", "Functions focused on a single responsibility", NOT_YET, "functions with several sources run", "a rule"
    ),
    Practice("A5", "API Gateway for RESTful interfaces", WORKS, "REST and HTTP APIs in front of functions"),
    Practice(
        "A6",
        "Circuit breakers for external service calls",
        NOT_YET,
        "connections are recorded",
        "faults of external services; a rule",
    ),
    Practice(
        "A7",
        "Step Functions for complex workflows",
        WORKS,
        "state machines run, Standard and Express; waiting chains of functions are found in the source",
    ),
    Practice("A8", "Fan-out with SNS/SQS", WORKS, "SNS and SQS; one receiver is made to fail"),
    Practice(
        "A9",
        "Event sourcing for audit requirements",
        WORKS,
        "archives and replays, streams, DynamoDB; a replay is compared",
    ),
    Practice("P1", "Small deployment packages", WORKS, "files and modules that were really used are recorded"),
    Practice("P2", "Layers for dependencies", PARTLY, "layers are merged under /opt as on AWS", "a rule"),
    Practice("P3", "Lazy loading", WORKS, "every import of an initialisation is timed"),
    Practice("P4", "Appropriate memory setting", WORKS, "memory is limited and its peak measured for each environment"),
    Practice("P5", "Power tuning", NOT_YET, "", "the tuner"),
    Practice("P6", "Cost-performance trade-off made explicit", NOT_YET, "", "the tuner"),
    Practice(
        "P7",
        "Provisioned concurrency for critical paths",
        PARTLY,
        "provisioned environments are started ahead",
        "keeping them while idle; a rule",
    ),
    Practice("P8", "Connection pooling", WORKS, "connections are recorded for each invocation"),
    Practice("P9", "Cached external responses", NOT_YET, "", "a rule"),
    Practice("P10", "SDK clients initialised outside the handler", WORKS, "clients made in an invocation are recorded"),
    Practice("P11", "async/await for concurrent I/O", NOT_YET, "asynchronous code runs", "a rule"),
    Practice("P12", "Proper error handling", WORKS, "error shapes, partial batches, retries as on AWS"),
    Practice(
        "S1",
        "Least privilege",
        PARTLY,
        "policies are stored and returned exactly",
        "decisions; what is granted against what is used",
    ),
    Practice("S2", "Separate roles for different functions", WORKS, "each function has a session of its own role"),
    Practice("S3", "Regular audit of permissions", NOT_YET, "windtunnel check in CI", "a rule"),
    Practice(
        "S4",
        "Secrets Manager or Parameter Store",
        PARTLY,
        "secrets are looked for in variables and logs",
        "Secrets Manager and Parameter Store",
    ),
    Practice("S5", "Rotation of credentials", NOT_YET, "", "Secrets Manager"),
    Practice("S6", "Encryption of sensitive data", PARTLY, "encryption settings are stored", "KMS; what is sensitive"),
    Practice("S7", "VPC when necessary", NOT_YET, "VpcConfig is stored", "network policy; a rule"),
    Practice("S8", "Proper security groups", NOT_YET, "", "security groups; a rule"),
    Practice("S9", "WAF in front of API Gateway", NOT_YET, "", "WAF; a rule"),
    Practice("S10", "Validation of all input parameters", NOT_YET, "", "a rule"),
    Practice("S11", "Request throttling", PARTLY, "reserved and account concurrency", "throttling of APIs; a rule"),
    Practice("S12", "API Gateway request validation", PARTLY, "request validators of REST APIs", "a rule"),
    Practice("M1", "Invocation metrics", PARTLY, "every invocation is recorded with duration and memory", _METRICS),
    Practice("M2", "Error rates", PARTLY, "every failed invocation is recorded", _METRICS),
    Practice("M3", "Custom metrics", NOT_YET, "", f"{_METRICS}, embedded metric format"),
    Practice("M4", "Structured logging", WORKS, "text and JSON log formats"),
    Practice(
        "M5", "Appropriate log levels", PARTLY, "log levels are handed to the runtime", "server-side filters; a rule"
    ),
    Practice("M6", "Log retention", WORKS, "log groups forget by the clock"),
    Practice("M7", "X-Ray active tracing", PARTLY, "trace headers travel through queues and invocations", "X-Ray"),
    Practice("M8", "Subsegments for external calls", NOT_YET, "connections are recorded", "X-Ray"),
    Practice(
        "M9", "Service dependencies (the service map)", NOT_YET, "every call is recorded with its principal", "the map"
    ),
    Practice("M10", "CloudWatch alarms", PARTLY, _ALARMS, "alarms that go off"),
    Practice("M11", "SNS notifications", PARTLY, "SNS", "alarms that notify; a rule"),
    Practice("M12", "Error reporting", NOT_YET, "lost and failed events are recorded", "a rule"),
    Practice("C1", "Right-sized memory", WORKS, "as P4"),
    Practice("C2", "Power tuning for cost", NOT_YET, "", "the tuner"),
    Practice("C3", "Memory usage monitored", PARTLY, "Max Memory Used in every REPORT line", "a rule on growth"),
    Practice("C4", "Appropriate timeouts", WORKS, "timeouts end invocations as on AWS"),
    Practice("C5", "Long-running processes handled", PARTLY, "state machines that wait, call back and poll", "a rule"),
    Practice("C6", "Step Functions for orchestration", PARTLY, "state machines, Standard and Express", "a rule"),
    Practice("C7", "Few external service calls", NOT_YET, "every call is recorded", "a rule"),
    Practice("C8", "Caching strategies", NOT_YET, "", "a rule"),
    Practice("C9", "Batch processing", WORKS, "batch size and window of queues and streams; batches are measured"),
    Practice("C10", "Reserved concurrency", PARTLY, "enforced for every invocation", "a rule"),
    Practice("C11", "Request throttling as a cost bound", PARTLY, "as S11; loops are found and stopped", "a rule"),
    Practice("C12", "Costs monitored and optimised", NOT_YET, "billed duration is measured", "prices"),
    Practice("D1", "SAM for local testing", WORKS, "windtunnel up from the SAM template, without Docker"),
    Practice("D2", "Unit tests", PARTLY, "the application's own tests run in a check", "a rule"),
    Practice("D3", "Mock services", WORKS, "the pytest fixture `cloud` makes mocks needless"),
    Practice("D4", "Automated deployments", PARTLY, "change sets, updates, rollback", "traffic shifting; a rule"),
    Practice("D5", "Environment stages", PARTLY, "parameters and stages", "a rule"),
    Practice("D6", "Infrastructure as code", WORKS, "CloudFormation and SAM templates"),
    Practice("D7", "Proper versioning strategy", WORKS, "immutable versions"),
    Practice("D8", "Aliases", PARTLY, "weighted aliases really split", "a rule"),
    Practice("D9", "Deployment history", NOT_YET, "stack events", "history and rollback commands"),
    Practice("D10", "Unit testing", PARTLY, "as D2", "coverage"),
    Practice("D11", "Integration testing", WORKS, "routes and triggers that tests set off are recorded"),
    Practice("K1", "Checklist: error handling", WORKS, "as P12 and A2"),
    Practice("K2", "Checklist: environment variables", PARTLY, "reads of variables are recorded", "a rule"),
    Practice("K3", "Checklist: coding standards", NOT_YET, "", "a rule"),
    Practice("K4", "Checklist: logging", WORKS, "as M4 and M6"),
    Practice("K5", "Checklist: unit tests", PARTLY, "as D2", "a rule"),
    Practice("K6", "Checklist: infrastructure as code", WORKS, "as D6"),
    Practice("K7", "Checklist: CI/CD pipeline", PARTLY, "exit codes, SARIF and JUnit reports", "a rule"),
    Practice("K8", "Checklist: monitoring", PARTLY, "as M1", _METRICS),
    Practice("K9", "Checklist: alarms", PARTLY, _ALARMS, "alarms that go off"),
    Practice("K10", "Checklist: documented API endpoints", NOT_YET, "", "a rule"),
    Practice("K11", "Checklist: performance metrics watched", PARTLY, "as M1", _METRICS),
    Practice("K12", "Checklist: error logs reviewed", PARTLY, "windtunnel logs", "a rule"),
    Practice("K13", "Checklist: costs optimised", NOT_YET, "", "prices"),
    Practice(
        "K14",
        "Checklist: dependencies up to date",
        PARTLY,
        "the nearest interpreter runs what is not installed, and says so",
        "vulnerable packages",
    ),
    Practice("K15", "Checklist: security audits", PARTLY, "windtunnel check in CI", "a rule on their age"),
    Practice("X1", "Anti-pattern: over-provisioned resources", WORKS, "as P4"),
    Practice("X2", "Anti-pattern: cold starts ignored", WORKS, "as P1 and P3"),
    Practice("X3", "Anti-pattern: no proper error handling", WORKS, "as P12 and A2"),
    Practice("X4", "Anti-pattern: synchronous calls for long operations", WORKS, "as A7 and C4"),
    Practice("X5", "Anti-pattern: credentials in environment variables", WORKS, "as S4"),
    Practice("X6", "Anti-pattern: no proper logging", WORKS, "as M4 and M6"),
    Practice("X7", "Anti-pattern: security best practices ignored", PARTLY, "as S1, S2, S4", "the rest of section S"),
    Practice("X8", "Anti-pattern: no proper versioning", WORKS, "as D7"),
)

SAME_AS = {
    "C1": ("P4",), "K1": ("P12", "A2"), "K4": ("M4", "M6"), "K9": ("M10",), "X1": ("P4",), "X2": ("P1", "P3"), "X3": ("P12", "A2"),
    "X4": ("A7", "C4"), "X5": ("S4",), "X6": ("M4", "M6"), "X7": ("S1", "S2", "S4"), "X8": ("D7",), "D10": ("D11",),
}  # fmt: skip
"""Lines of the guide that the rules of other lines judge."""
