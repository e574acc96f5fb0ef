"""The child process that runs AWS's SAM translator: JSON in, JSON out, no network."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any


class NoManagedPolicies:
    """The translator asks for managed policies by name; its own map knows AWS's, and nobody else is asked."""

    def load(self) -> dict[str, str]:
        return {}


def main() -> None:
    wish = json.load(sys.stdin)
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    answer: dict[str, Any]
    try:
        answer = {"template": translated(wish)}
    except Exception as problem:
        causes = getattr(problem, "causes", None) or [problem]
        answer = {"errors": [str(getattr(cause, "message", None) or cause) for cause in causes]}
    json.dump(answer, sys.stdout)


def translated(wish: dict[str, Any]) -> dict[str, Any]:
    from samtranslator.translator.transform import transform

    result: dict[str, Any] = transform(wish["document"], wish["parameters"], NoManagedPolicies())
    return result


if __name__ == "__main__":
    main()
