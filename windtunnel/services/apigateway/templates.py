"""Mapping templates: the Velocity language with `$input`, `$util`, `$context` and `$stageVariables`.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import msgspec

from windtunnel.aws.errors import ApiError, NotImplementedHere
from windtunnel.services.apigateway.jsonpath import MISSING, picked
from windtunnel.services.apigateway.velocity.methods import Absent, shown
from windtunnel.services.apigateway.velocity.parsing import NotBuilt, Unreadable, parsed
from windtunnel.services.apigateway.velocity.running import Run


def check(template: str | None) -> None:
    """Raises BadRequestException for what is no template, NotImplementedHere for directives that are not built."""
    try:
        parsed(template or "")
    except NotBuilt as word:
        raise NotImplementedHere(f"The word {word} of mapping templates") from None
    except Unreadable as problem:
        raise ApiError("BadRequestException", f"Invalid mapping template specified: {problem}") from None


def rendered(
    template: str, values: Mapping[str, Any], parameters: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """
    What a template says. `values` has `context`, whose overrides `#set` may change, `stageVariables`, and `body` for the
    text of `$input`; `parameters` are those of the request by place: `path`, `querystring`, `header`.
    """
    names = {
        "input": Input(str(values.get("body") or ""), parameters or {}),
        "util": Util(),
        "context": values.get("context"),
        "stageVariables": values.get("stageVariables"),
    }
    return Run(names).text(parsed(template))


class Input:
    """`$input`: the body, and the parameters of the request."""

    def __init__(self, body: str, parameters: Mapping[str, Mapping[str, str]]) -> None:
        self._body = body
        self._parameters = parameters
        self._document: Any = None
        self._decoded = False

    def get(self, name: str) -> Any:
        return self._body if name == "body" else None

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if name == "params":
            return self._params(*arguments[:1])
        if name not in ("json", "path"):
            return None
        found = picked(self._read(), shown(arguments[0]) if arguments else "$")
        if name == "path":
            return Absent() if found is MISSING else found
        return '""' if found is MISSING else msgspec.json.encode(found).decode()

    def _params(self, name: Any = None) -> Any:
        places = ("path", "querystring", "header")
        if name is None:
            return {place: dict(self._parameters.get(place) or {}) for place in places}
        for place in places:
            for given, value in (self._parameters.get(place) or {}).items():
                if given == name or (place == "header" and given.lower() == str(name).lower()):
                    return value
        return Absent()

    def _read(self) -> Any:
        if not self._decoded:
            self._decoded = True
            try:
                self._document = msgspec.json.decode(self._body or "{}")
            except msgspec.DecodeError:
                self._document = self._body
        return self._document


class Util:
    """`$util`."""

    def get(self, name: str) -> Any:
        return None

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        text = shown(arguments[0]) if arguments else ""
        if name == "escapeJavaScript":
            return _escaped(text)
        if name == "urlEncode":
            return quote_plus(text, safe="*").replace("~", "%7E")
        if name == "urlDecode":
            return unquote_plus(text)
        if name == "base64Encode":
            return base64.b64encode(text.encode()).decode()
        if name == "base64Decode":
            try:
                return base64.b64decode(text).decode("utf-8", "replace")
            except binascii.Error:
                return None
        if name == "parseJson":
            try:
                return msgspec.json.decode(text)
            except msgspec.DecodeError:
                return None
        return None


_NAMED = {"\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"}
_ESCAPED = re.compile(r"""['"\\/]|[^\x20-\x7e]""")


def _escaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        letter = found.group()
        if letter in _NAMED:
            return _NAMED[letter]
        if letter in "'\"\\/":
            return f"\\{letter}"
        units = letter.encode("utf-16-be")
        return "".join(f"\\u{units[at] << 8 | units[at + 1]:04X}" for at in range(0, len(units), 2))

    return _ESCAPED.sub(one, text)
