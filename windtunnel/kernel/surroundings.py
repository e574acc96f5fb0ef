"""What the process was started with: environment variables, home, search path. Nothing else reads them."""

import gc
import os
from pathlib import Path


def variable(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def variables() -> dict[str, str]:
    """A copy; changing it changes nothing."""
    return dict(os.environ)


def home() -> Path:
    return Path(os.path.expanduser("~"))


def search_path() -> list[str]:
    return [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]


def process_id() -> int:
    return os.getpid()


def is_running(process: int) -> bool:
    """Whether a process of this machine is there; one of another user counts as well."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def scratch_folder() -> Path:
    """Where temporary folders are made."""
    return Path(os.environ.get("TMPDIR") or "/tmp")


def collect_garbage_seldom() -> None:
    """
    For a process that serves one cloud: what is loaded is never garbage, and a cloud's state grows without cycles. Measured on
    publishing to five queues: 10 % less processor time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
