"""The order of resources: what must stand before what."""

from __future__ import annotations

from typing import Any

from windtunnel.deploy.intrinsics import names_in
from windtunnel.deploy.template import TemplateError


def dependencies(resources: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """For each resource those that it mentions or names in DependsOn. Raises TemplateError for a name that is not there."""
    found: dict[str, set[str]] = {}
    for name, resource in resources.items():
        explicit = resource.get("DependsOn") or []
        named = set([explicit] if isinstance(explicit, str) else explicit)
        missing = sorted(named - resources.keys())
        if missing:
            raise TemplateError(f"Template format error: Unresolved resource dependencies {missing} in the Resources block of the template")  # fmt: skip
        mentioned = names_in(resource.get("Properties")) & resources.keys()
        found[name] = (named | mentioned) - {name}
    return found


def ordered(resources: dict[str, dict[str, Any]]) -> list[str]:
    """Names so that each comes after what it needs, else in the order of the template. Raises TemplateError for a circle."""
    needs = dependencies(resources)
    done: dict[str, None] = {}
    under_way: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in under_way:
            circle = [*under_way[under_way.index(name) :], name]
            raise TemplateError(f"Circular dependency between resources: [{', '.join(circle)}]")
        under_way.append(name)
        for other in sorted(needs[name], key=list(resources).index):
            visit(other)
        under_way.pop()
        done[name] = None

    for name in resources:
        visit(name)
    return list(done)
