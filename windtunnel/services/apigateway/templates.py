"""Templates of mocks and gateway responses: text with references, without directives.

`#if`, `#set`, `#foreach`, `$util` and every other word of the Velocity language are refused by name when a template is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from windtunnel.aws.errors import NotImplementedHere

_REFERENCE = re.compile(
    r"\$(?P<open>\{)?(?P<path>(?:context|stageVariables|input)(?:\.\w[\w-]*)*)"
    r"(?:\((?P<quote>['\"])(?P<argument>[^'\"]*)(?P=quote)\))?(?(open)\})"
)
_DIRECTIVE = re.compile(r"#(?:if|else|elseif|end|set|foreach|macro|parse|include|stop|break)\b|#\*|\$!?\{?util\b")
_CALLS = ("input.params", "input.json", "input.path")


def check(template: str | None) -> None:
    """Raises NotImplementedHere for what `rendered` does not understand."""
    found = _DIRECTIVE.search(template or "")
    if found is not None:
        raise NotImplementedHere(f"The word {found.group()} of mapping templates")
    for reference in _REFERENCE.finditer(template or ""):
        if reference["path"].startswith("input.") and not (
            reference["path"] in _CALLS and reference["argument"] is not None or reference["path"] == "input.body"
        ):
            raise NotImplementedHere(f"The word ${reference['path']} of mapping templates")


def rendered(template: str, values: Mapping[str, Any], parameters: Mapping[str, str] | None = None) -> str:
    """
    The template with its references replaced; unknown ones are empty. `values` are nested maps, with `context`,
    `stageVariables`, and `body` for the text of `$input`; `parameters` answer `$input.params('name')`.
    """

    def value(reference: re.Match[str]) -> str:
        path, argument = reference["path"], reference["argument"]
        if path == "input.params":
            return (parameters or {}).get(argument or "", "")
        if path == "input.body":
            return str(values.get("body", ""))
        if path in ("input.json", "input.path"):
            return _picked(str(values.get("body") or "{}"), argument or "$")
        found: Any = values
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return "" if found is None else str(found)

    return _REFERENCE.sub(value, template)


def _picked(body: str, path: str) -> str:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return '""'
    for step in path.lstrip("$").strip(".").split("."):
        if step:
            found = found.get(step) if isinstance(found, dict) else None
    return msgspec.json.encode(found).decode()
