"""What the filter of a query may not do: look at the key, which the key condition is for.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from windtunnel.services.dynamodb import keys
from windtunnel.services.dynamodb.expressions.nodes import Literal, Path
from windtunnel.services.dynamodb.values import invalid


def check_leaves_key_alone(condition: Any, keyed: keys.Keyed, called: str) -> None:
    """Raises ValidationException when the condition is on a key attribute of what is queried."""
    key = keys.names(keyed)
    for path in paths(condition):
        if path.steps[0] in key:
            raise invalid(
                f"{called} can only contain non-primary key attributes: Primary key attribute: {path.steps[0]}"
            )


def paths(node: Any) -> Iterator[Path]:
    """Every path of a resolved condition."""
    if isinstance(node, Path):
        yield node
    elif isinstance(node, tuple) and not isinstance(node, Literal):
        for part in node:
            yield from paths(part)
