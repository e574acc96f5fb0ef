"""What the commands about an application share: finding it, its settings, and problems said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windtunnel.cli.main import Problem

if TYPE_CHECKING:
    from windtunnel.deploy.application import Application
    from windtunnel.fabric.faults import Fault


@contextmanager
def problems() -> Iterator[None]:
    """Expected failures inside become a Problem: exit code 3 and one message."""
    from windtunnel.deploy.application import DeployFailed
    from windtunnel.deploy.template import TemplateError
    from windtunnel.lens.settings import SettingsError
    from windtunnel.lens.waivers import WaiverError

    try:
        yield
    except TemplateError as error:
        hint = "To go on without it: --allow-unsupported" if "does not support" in error.problem else ""
        raise Problem(f"{error}\n{hint}".rstrip()) from None
    except (DeployFailed, SettingsError, WaiverError, LookupError) as error:
        raise Problem(str(error)) from None


def application(app: str, given: tuple[str, ...], stack: str = "") -> tuple[Application, dict[str, Any]]:
    """The application at a path and its settings; `given` are parameters as `Key=Value`. Raises what `problems` explains."""
    from windtunnel.cloud import cache_folder
    from windtunnel.deploy.application import Application
    from windtunnel.deploy.template import find
    from windtunnel.lens.settings import app_settings

    settings = app_settings(find(Path(app)).parent)
    parameters = {name: str(value) for name, value in (settings.get("parameters") or {}).items()}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise Problem(f"--parameter {each} is not of the form Name=Value.")
        parameters[name] = value
    return Application(Path(app), cache_folder(), parameters, stack), settings


def faults_in(settings: dict[str, Any]) -> list[Fault]:
    """The faults of `windtunnel.toml`. Raises Problem for one that cannot be meant."""
    from windtunnel.fabric.faults import InvalidFault, made

    found = []
    for number, fields in enumerate(settings.get("faults") or (), 1):
        try:
            found.append(made(**fields))
        except InvalidFault as wrong:
            raise Problem(f"windtunnel.toml: fault {number}: {wrong}") from None
    return found
