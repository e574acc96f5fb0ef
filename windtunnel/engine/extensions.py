"""
The Extensions API of one process of an environment. AWS: lambda/latest/dg/runtimes-extensions-api.html

    POST /2020-01-01/extension/register      who it is and what it wants to hear of: INVOKE, SHUTDOWN
    GET  /2020-01-01/extension/event/next    answered when there is such an event; asking means: done with the last one
    POST /2020-01-01/extension/init/error    POST /2020-01-01/extension/exit/error
    PUT  /2022-07-01/telemetry               PUT /2020-08-15/logs

An extension is external when it is a program of /opt/extensions, which has its file's name, internal otherwise. The
initialisation is over when every external one has registered and everyone asks for the next event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from windtunnel.engine import report
from windtunnel.engine.log import Log
from windtunnel.engine.runtime_api import Conversation, header
from windtunnel.engine.spec import Invocation, Spec
from windtunnel.engine.telemetry import Refused, Telemetry
from windtunnel.kernel.ids import Ids

_PREFIX = "/2020-01-01/extension/"
_EVENTS = ("INVOKE", "SHUTDOWN")
_OK = b'{"status":"OK"}\n'
_MOST = 10  # AWS: an environment takes ten extensions, lambda/latest/dg/runtimes-extensions-api.html


class Registration(msgspec.Struct):
    events: list[str] = []


class Extension:
    """One that has registered."""

    def __init__(self, id: str, name: str, external: bool, events: list[str]) -> None:
        self.id = id
        self.name = name
        self.external = external
        self.events = events
        self.waiting: Conversation | None = None
        self.announced = False


class Extensions:
    """
    `changed` is called whenever one of them is done with its event, `failed` with its name, AWS's name of the error
    and what it said, when one says that it cannot go on.
    """

    def __init__(
        self,
        spec: Spec,
        ids: Ids,
        log: Log,
        telemetry: Telemetry,
        external: Iterable[str],
        changed: Callable[[], None],
        failed: Callable[[str, str, str], None],
    ) -> None:
        self._spec = spec
        self._ids = ids
        self._log = log
        self._telemetry = telemetry
        self._expected = set(external)
        self._changed = changed
        self._failed = failed
        self._known: dict[str, Extension] = {}
        self._closed = False

    def __bool__(self) -> bool:
        return bool(self._known or self._expected)

    @property
    def registered(self) -> bool:
        """Whether every external one has; the runtime starts then."""
        return not self._expected

    @property
    def idle(self) -> bool:
        """Whether all have registered and none is busy."""
        return not self._expected and all(each.waiting is not None for each in self._known.values())

    def close_registration(self) -> None:
        """The initialisation is over."""
        self._closed = True
        self._telemetry.close()

    def invoke(self, invocation: Invocation, deadline_ms: int, arn: str) -> None:
        event = {
            "eventType": "INVOKE",
            "deadlineMs": deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace},
        }
        self._send(event, self._known.values())

    def shut_down(self, reason: str, deadline_ms: int) -> bool:
        """Tell those that want to know; whether there are any."""
        told = [each for each in self._known.values() if "SHUTDOWN" in each.events]
        event = {"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline_ms}
        self._send(event, told)
        return bool(told)

    def died(self, name: str, how: str) -> None:
        """The program of an external one has ended."""
        known = next((each for each in self._known.values() if each.name == name), None)
        self._expected.discard(name)
        events = known.events if known is not None else []
        self._log.platform(report.extension(name, "Crashed", events, "Extension.Crash"))
        self._failed(name, "Extension.Crash", how)

    def _send(self, event: dict[str, object], to: Iterable[Extension]) -> None:
        data = msgspec.json.encode(event)
        for each in to:
            if str(event["eventType"]) in each.events and each.waiting is not None:
                conversation, each.waiting = each.waiting, None
                conversation.say(f"Lambda-Extension-Event-Identifier: {self._ids.uuid()}\r\n", data)

    # Requests

    def take(self, conversation: Conversation, method: str, path: str, head: str, body: bytes) -> None:
        """Answer one request of any of these APIs, at once or when there is an event."""
        what = path[len(_PREFIX) :] if path.startswith(_PREFIX) else ""
        if (method, what) == ("POST", "register"):
            self._register(conversation, head, body)
        elif not (extension := self._asking(conversation, head)):
            return
        elif (method, what) == ("GET", "event/next"):
            self._next(extension, conversation)
        elif method == "POST" and what in ("init/error", "exit/error"):
            conversation.answer(202, _OK)
            kind = "Extension.InitError" if what == "init/error" else "Extension.ExitError"
            self._log.platform(report.extension(extension.name, "Failed", extension.events, kind))
            self._failed(extension.name, kind, header(head, "Lambda-Extension-Function-Error-Type"))
        elif method == "PUT" and path.rstrip("/") in ("/2022-07-01/telemetry", "/2020-08-15/logs"):
            self._subscribe(extension, conversation, body, logs_api=path.startswith("/2020-08-15"))
        else:
            conversation.answer(404, b"")

    def _register(self, conversation: Conversation, head: str, body: bytes) -> None:
        name = header(head, "Lambda-Extension-Name")
        try:
            wish = msgspec.json.decode(body or b"{}", type=Registration)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            _refuse(conversation, "InvalidRequestFormat", str(error), 400)
            return
        if refusal := self._refusal(name, wish.events):
            _refuse(conversation, *refusal)
            return
        external = name in self._expected
        self._expected.discard(name)
        extension = Extension(self._ids.uuid(), name, external, wish.events)
        self._known[extension.id] = extension
        answer = {
            "functionName": self._spec.name,
            "functionVersion": self._spec.version,
            "handler": self._spec.handler,
        }
        if "accountid" in header(head, "Lambda-Extension-Accept-Feature").lower():
            answer["accountId"] = self._spec.account
        identifier = f"Lambda-Extension-Identifier: {extension.id}\r\n"
        conversation.answer(200, msgspec.json.encode(answer), identifier)
        self._changed()

    def _refusal(self, name: str, events: list[str]) -> tuple[str, str] | None:
        if not name:
            return "Extension.InvalidExtensionName", "Empty extension name"
        if self._closed:
            return "Extension.RegistrationClosed", "Extension registration closed already"
        if any(each.name == name for each in self._known.values()):
            return "Extension.AlreadyRegistered", "Extension with this name already registered"
        if len(self._known) >= _MOST:
            return "Extension.TooManyExtensions", f"Extension limit ({_MOST}) reached"
        if unknown := next((event for event in events if event not in _EVENTS), None):
            return "Extension.InvalidEventType", f"{unknown}: unsupported event"
        if name not in self._expected and "SHUTDOWN" in events:
            return (
                "ShutdownEventNotSupportedForInternalExtension",
                "Shutdown event is not supported for internal extension",
            )
        return None

    def _asking(self, conversation: Conversation, head: str) -> Extension | None:
        """The extension that the request is of; None, and a refusal, where nobody knows it."""
        id = header(head, "Lambda-Extension-Identifier")
        if not id:
            _refuse(conversation, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
            return None
        known = self._known.get(id)
        if known is None:
            _refuse(conversation, "Extension.UnknownExtensionIdentifier", f"Unknown extension {id}")
        return known

    def _next(self, extension: Extension, conversation: Conversation) -> None:
        extension.waiting = conversation
        if not extension.announced:
            extension.announced = True
            self._log.platform(report.extension(extension.name, "Ready", extension.events))
        self._changed()

    def _subscribe(self, extension: Extension, conversation: Conversation, body: bytes, logs_api: bool) -> None:
        try:
            types = self._telemetry.subscribe(extension.name, body, logs_api)
        except Refused as refused:
            _refuse(conversation, refused.kind, str(refused), refused.status)
            return
        conversation.answer(200, b'"OK"')
        self._log.platform(report.subscription(extension.name, types, logs_api))


def _refuse(conversation: Conversation, kind: str, message: str, status: int = 403) -> None:
    conversation.answer(status, msgspec.json.encode({"errorMessage": message, "errorType": kind}))
