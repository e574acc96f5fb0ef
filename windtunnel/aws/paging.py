"""Pages of a listing, for the services whose tokens say nothing but where to go on."""

from __future__ import annotations

from typing import Any

PAGE = 100


def page(member: str, items: list[Any], token: str | None, limit: int | None = None) -> dict[str, Any]:
    """The items from where the token points, `PAGE` of them unless there is a limit, and a `NextToken` if more are left."""
    start = int(token) if token and token.isdigit() else 0
    end = start + (limit or PAGE)
    answer: dict[str, Any] = {member: items[start:end]}
    if end < len(items):
        answer["NextToken"] = str(end)
    return answer
