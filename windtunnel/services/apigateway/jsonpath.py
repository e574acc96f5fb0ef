"""The JSONPath expressions of mapping templates: `$.orders[0].lines[*].sku`, `$..id`, `$.books[?(@.price < 10)]`."""

from __future__ import annotations

import functools
from typing import Any

MISSING = object()
_LENGTH = ".length()"


def picked(document: Any, path: str) -> Any:
    """What the path names: the value, a list for a path that can name several, MISSING where nothing is there."""
    path = path.strip()
    if path.endswith(_LENGTH):
        found = picked(document, path.removesuffix(_LENGTH))
        return len(found) if isinstance(found, (list, dict, str)) else MISSING
    query = _compiled(path if path.startswith("$") else f"$.{path}")
    if query is None:
        return MISSING
    found = query.findall(document)
    if not query.singular_query():
        return found
    return found[0] if found else MISSING


@functools.lru_cache(maxsize=512)
def _compiled(path: str) -> Any:
    """None for a path that is not understood."""
    import jsonpath

    try:
        return jsonpath.compile(path)
    except (jsonpath.JSONPathError, ValueError):
        return None
