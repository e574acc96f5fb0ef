"""
`windtunnel.toml`, beside the template: parameters of the stack, waivers, and faults for `windtunnel up`.

    [parameters]          [[waivers]]                       [[faults]]
    Stage = "test"        rule = "M6-log-retention" …       kind = "throttle"  service = "dynamodb"  probability = 0.1
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FILE = "windtunnel.toml"
KNOWN = frozenset({"faults", "parameters", "waivers"})


class SettingsError(ValueError):
    """The file cannot be used; the text says what is wrong and where."""


def app_settings(folder: Path) -> dict[str, Any]:
    """The settings of an application; empty where it has no file. Raises SettingsError."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None
    unknown = sorted(settings.keys() - KNOWN)
    if unknown:
        raise SettingsError(f"{path}: {unknown[0]} is not known here; known are {', '.join(sorted(KNOWN))}.")
    return settings
