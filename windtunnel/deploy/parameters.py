"""The parameters of a stack: defaults, types and limits, in CloudFormation's words."""

from __future__ import annotations

import re
from typing import Any

from windtunnel.deploy.template import TemplateError


def values(document: dict[str, Any], given: dict[str, str], previous: dict[str, str] | None = None) -> dict[str, str]:
    """Each parameter's value as text. Raises TemplateError for what CloudFormation would refuse."""
    declared = document.get("Parameters") or {}
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    found: dict[str, str] = {}
    missing: list[str] = []
    for name, declaration in declared.items():
        if name in given:
            found[name] = str(given[name])
        elif previous and name in previous:
            found[name] = previous[name]
        elif "Default" in declaration:
            default = declaration["Default"]
            found[name] = ",".join(map(str, default)) if isinstance(default, list) else _text(default)
        else:
            missing.append(name)
            continue
        _check(name, declaration, found[name])
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    return found


def typed(document: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """The values as `Ref` gives them: lists for list types, text for everything else."""
    declared = document.get("Parameters") or {}
    return {
        name: [part.strip() for part in text.split(",")] if _is_list(declared[name].get("Type", "String")) else text
        for name, text in texts.items()
    }


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(name: str, declaration: dict[str, Any], value: str) -> None:
    reason = str(declaration.get("ConstraintDescription") or "")
    allowed = declaration.get("AllowedValues")
    parts = value.split(",") if _is_list(declaration.get("Type", "String")) else [value]
    if allowed is not None and any(part.strip() not in [_text(each) for each in allowed] for part in parts):
        raise _refused(name, reason or f"Parameter '{name}' must be one of AllowedValues")
    pattern = declaration.get("AllowedPattern")
    if pattern and any(re.fullmatch(pattern, part) is None for part in parts):
        raise _refused(name, reason or f"Parameter '{name}' must match pattern {pattern}")
    if declaration.get("Type") == "Number":
        try:
            number = float(value)
        except ValueError:
            raise _refused(name, f"Parameter '{name}' must be a number") from None
        if number < float(declaration.get("MinValue", number)):
            raise _refused(
                name, reason or f"Parameter '{name}' must be a number not less than {declaration['MinValue']}"
            )
        if number > float(declaration.get("MaxValue", number)):
            raise _refused(
                name, reason or f"Parameter '{name}' must be a number not greater than {declaration['MaxValue']}"
            )
    if len(value) < int(declaration.get("MinLength", 0)):
        raise _refused(
            name, reason or f"Parameter '{name}' must contain at least {declaration['MinLength']} characters"
        )
    if len(value) > int(declaration.get("MaxLength", len(value))):
        raise _refused(name, reason or f"Parameter '{name}' must contain at most {declaration['MaxLength']} characters")


def _refused(name: str, reason: str) -> TemplateError:
    return TemplateError(
        reason if reason.startswith("Parameter") else f"Parameter {name} failed to satisfy constraint: {reason}"
    )
