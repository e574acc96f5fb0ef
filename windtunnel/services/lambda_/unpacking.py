"""
From zip files to folders that execution environments see read-only.

The same content is unpacked once, into the cloud's workspace under its hash; half-unpacked folders are never found, because a
package is unpacked beside and renamed. What a package has in common with the one before it is linked, not unpacked: no file is
ever written to after its folder has its name. Of a package that changes often a second folder is kept, which becomes the next one.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from windtunnel.services.lambda_.names import invalid
from windtunnel.services.lambda_.zip_directory import Member, members, read

WORTH_SHARING = 50
"""Files; a smaller package is unpacked as fast as it is compared."""
MOST_CHANGED = 0.5
"""Of the files; beyond that nothing is won."""
MOST_REMEMBERED = 50
"""Packages whose contents are compared with what comes."""


class Packages:
    """The unpacked packages of a cloud, in its workspace."""

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / "packages"
        self._contents: dict[str, dict[str, Member]] = {}
        self._spares: dict[str, Path] = {}
        self._often: set[str] = set()

    def unpacked(self, content: bytes, name: str, like: str = "") -> Path:
        """
        The folder with the package `content`, whose hash in hexadecimal is `name`; `like` is that of the one before it.
        Raises InvalidParameterValueException.
        """
        place = self._place(name)
        if place.exists():
            return place
        draft = place.with_name(place.name + ".part")
        shutil.rmtree(draft, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        contents = _contents(content)
        if self._shared(content, contents, like, draft):
            self._often.add(name)
        else:
            _unpack(content, draft)
        if len(contents) >= WORTH_SHARING:
            self._contents[name] = contents
            if len(self._contents) > MOST_REMEMBERED:
                del self._contents[next(iter(self._contents))]
        draft.rename(place)
        return place

    def changes_often(self, name: str) -> bool:
        """Whether this package was made from another, and a spare folder for the next one is worth its making."""
        return name in self._often and name not in self._spares

    def prepare(self, name: str) -> None:
        """Make a second folder of a package; may be called in a thread. Where that is not possible, it is not made."""
        place = self._place(name)
        spare = place.with_name(place.name + ".spare")
        try:
            _link(place, spare)
        except OSError:
            shutil.rmtree(spare, ignore_errors=True)
            return
        self._spares[name] = spare

    def _place(self, name: str) -> Path:
        return self._folder / name[:40]

    def _shared(self, content: bytes, contents: dict[str, Member], like: str, draft: Path) -> bool:
        """Make the folder from the one before it; False where that cannot be, or would win nothing."""
        before = self._contents.get(like)
        if before is None or len(contents) < WORTH_SHARING:
            return False
        changed = [name for name, member in contents.items() if name not in before or before[name][:3] != member[:3]]
        gone = before.keys() - contents.keys()
        if len(changed) + len(gone) > MOST_CHANGED * len(contents) or not all(map(_is_plain, (*changed, *gone))):
            return False
        spare = self._spares.pop(like, None)
        try:
            if spare is not None:
                spare.rename(draft)
            else:
                _link(self._place(like), draft)
            for name in gone:
                _remove(draft, name)
            for name in changed:
                _write(draft / name, read(content, contents[name]), contents[name].mode)
        except (OSError, zipfile.BadZipFile):
            shutil.rmtree(draft, ignore_errors=True)
            return False
        return True


def _contents(content: bytes) -> dict[str, Member]:
    """Nothing for a package with links or with two files of one name, which are rare."""
    entries = members(content) or ()
    found = {each.name: each for each in entries}
    if len(found) < len(entries) or any(stat.S_ISLNK(each.mode) for each in entries):
        return {}
    return found


def _unpack(content: bytes, folder: Path) -> None:
    folder.mkdir()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                _extract(archive, entry, folder)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
        shutil.rmtree(folder, ignore_errors=True)
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None


def _write(path: Path, data: bytes, mode: int) -> None:
    """A new file, whatever had its name: that one may be another package's too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(0o755 if mode & 0o111 else 0o644)


def _is_plain(name: str) -> bool:
    """Whether a name means the same to the archive and to the file system."""
    return (
        not name.endswith("/") and str(PurePosixPath(name)) == name and not {"..", "/"} & set(PurePosixPath(name).parts)
    )


def _link(place: Path, copy: Path) -> None:
    """A folder with the same files. It is not made when its parent is gone."""
    waiting = [(str(place), str(copy))]
    while waiting:
        here, there = waiting.pop()
        os.mkdir(there)
        with os.scandir(here) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{there}/{entry.name}"))
                else:
                    os.link(entry.path, f"{there}/{entry.name}", follow_symlinks=False)


def _remove(folder: Path, name: str) -> None:
    """The file, and the folders that are empty then."""
    path = folder / name
    path.unlink()
    for parent in path.parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        target = archive.read(entry).decode()
        link = folder / entry.filename
        if not link.resolve().is_relative_to(folder.resolve()) or ".." in Path(entry.filename).parts:
            raise ValueError(f"{entry.filename} leads out of the package")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        return
    path = Path(archive.extract(entry, folder))
    if path.is_file():
        path.chmod(0o755 if mode & 0o111 else 0o644)
