"""
Text of policies that stands for other text: `*`, `?` and variables such as `${aws:username}`.

    "arn:aws:s3:::home/${aws:username, 'nobody'}/*"  ─►  text, variable, text, any

What a variable is replaced by is text: stars in it stand for themselves. One without a value makes its pattern fit nothing.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

Values = str | tuple[str, ...]
Context = Mapping[str, Values]
"""Condition keys in lower case, and their values: one, or several where the key can have several."""

_PART = re.compile(r"\$\{([^}]*)\}|([*?])")
_VARIABLE = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?")
_ARN_COLONS = 5


class Variable(NamedTuple):
    """A condition key whose value is put in; `otherwise` where the request has none."""

    key: str
    otherwise: str | None


class _Wild(NamedTuple):
    sign: str


Part = str | Variable | _Wild


def parts(text: str, variables: bool) -> tuple[Part, ...]:
    """The parts of a pattern. Policies of before 2012 have no `variables`."""
    found: list[Part] = []
    end = 0
    for match in _PART.finditer(text):
        inside, sign = match.groups()
        if inside is not None and not variables:
            continue
        found.append(text[end : match.start()])
        end = match.end()
        if sign is not None:
            found.append(_Wild(sign))
        elif inside in ("*", "?", "$"):
            found.append(inside)
        elif variable := _VARIABLE.fullmatch(inside):
            found.append(Variable(variable[1].lower(), variable[2]))
        else:
            found.append(match[0])
    found.append(text[end:])
    return tuple(part for part in found if part)


class Pattern:
    """Fits text, or does not. `arn`: its wildcards do not reach over the colons of an ARN, and missing ends fit everything."""

    __slots__ = ("_arn", "_exact", "_fixed", "_flags", "_parts", "_wild")

    def __init__(
        self, text: str, variables: bool, arn: bool = False, wild: bool = True, any_case: bool = False
    ) -> None:
        """Unless it is `wild`, stars and question marks stand for themselves."""
        self._wild = wild
        self._arn = arn
        self._flags = re.DOTALL | (re.IGNORECASE if any_case else 0)
        self._parts = parts(text, variables)
        if not wild:
            self._parts = tuple(part.sign if isinstance(part, _Wild) else part for part in self._parts)
        plain = all(isinstance(part, str) for part in self._parts) and not any_case
        self._exact = "".join(map(str, self._parts)) if plain and not (arn and not _is_complete(text)) else None
        varies = any(isinstance(part, Variable) for part in self._parts)
        self._fixed = None if varies else re.compile(self._expression(self._parts), self._flags)

    @property
    def exact(self) -> str | None:
        """The only text that it fits, where there is only one for all requests."""
        return self._exact

    def fits(self, text: str, context: Context) -> bool:
        if self._exact is not None:
            return text == self._exact
        expression = self._fixed
        if expression is None:
            filled = _filled(self._parts, context)
            if filled is None:
                return False
            expression = _compiled(self._expression(filled), self._flags)
        return expression.fullmatch(text) is not None

    def _expression(self, filled: tuple[Part, ...]) -> str:
        if self._arn and filled == (_Wild("*"),):
            return ".*"
        written = []
        colons = 0
        for part in filled:
            if isinstance(part, str):
                colons += part.count(":")
                written.append(re.escape(part))
            elif isinstance(part, _Wild):
                any_character = "[^:]" if self._arn and colons < _ARN_COLONS else "."
                written.append(any_character if part.sign == "?" else f"{any_character}*")
        if self._arn and colons < _ARN_COLONS:
            # AWS: reference_policies_elements_resource.html, "incomplete ARN"
            written.append(":[^:]*" * (_ARN_COLONS - colons - 1) + ":.*")
        return "".join(written)


def _is_complete(text: str) -> bool:
    return text.count(":") >= _ARN_COLONS


def _filled(given: tuple[Part, ...], context: Context) -> tuple[Part, ...] | None:
    filled: list[Part] = []
    for part in given:
        if isinstance(part, Variable):
            value = context.get(part.key)
            if value is None:
                value = part.otherwise
            if not isinstance(value, str):
                return None
            filled.append(value)
        else:
            filled.append(part)
    return tuple(filled)


@functools.lru_cache(maxsize=1024)
def _compiled(expression: str, flags: int) -> re.Pattern[str]:
    return re.compile(expression, flags)
