"""The pattern language of filters: words, JSON properties, fields between spaces.

    ERROR "cannot open" -debug        all of these words, without that one
    ?ERROR ?WARN                      one of these
    %4\\d\\d%                           a regular expression
    { $.code >= 500 && $.path = "/a*" }       → json_patterns.py
    [ip, ..., status = 4*, size]              → field_patterns.py

A compiled pattern is a function of the message: the values it looked at where it matches, else None.
AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from windtunnel.services.logs.field_patterns import compiled as compiled_fields
from windtunnel.services.logs.json_patterns import compiled as compiled_json
from windtunnel.services.logs.pattern_values import InvalidPattern
from windtunnel.services.logs.writing import invalid

Matches = Callable[[str], "dict[str, str] | None"]
_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|([\w./:@#$&+=~^*!-]+))(?=\s|$)')
NO_VALUES: dict[str, str] = {}


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> Matches:
    """Raises InvalidPattern."""
    text = pattern.strip()
    if not text:
        return lambda message: NO_VALUES
    if text.startswith("{"):
        return compiled_json(text)
    if text.startswith("["):
        return compiled_fields(text)
    return _compiled_terms(text)


def checked(pattern: str) -> Matches:
    """Raises the service's InvalidParameterException."""
    try:
        return compiled(pattern)
    except InvalidPattern:
        raise invalid("Invalid filter pattern") from None


def _compiled_terms(text: str) -> Matches:
    terms: dict[str, list[Callable[[str], bool]]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            raise InvalidPattern(text)
        terms[found[1]].append(_term(found[2], found[3], found[4]))
        at = found.end()
    wanted, either, unwanted = terms[""], terms["?"], terms["-"]
    if either and (wanted or unwanted):
        # AWS passes over the question mark where it stands beside other kinds of terms.
        wanted, either = wanted + either, []

    def matches(message: str) -> dict[str, str] | None:
        if any(test(message) for test in unwanted) or not all(test(message) for test in wanted):
            return None
        return NO_VALUES if not either or any(test(message) for test in either) else None

    return matches


def _term(quoted: str | None, expression: str | None, word: str | None) -> Callable[[str], bool]:
    if expression is not None:
        try:
            search = re.compile(expression).search
        except re.error:
            raise InvalidPattern(expression) from None
        return lambda message: search(message) is not None
    text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else word or ""
    return lambda message: text in message
