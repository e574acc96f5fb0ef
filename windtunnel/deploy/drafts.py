"""Folders of the cache: filled apart and put in their place whole, whoever else fills them at the same time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def drafted(place: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `place` at the end, unless somebody else was faster; removed when it cannot be filled."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        yield draft
        with suppress(OSError):
            draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
