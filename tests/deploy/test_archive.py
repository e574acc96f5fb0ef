"""Packages made again and again: the same bytes for the same files, and only what changed is read."""

import asyncio
import io
import os
import zipfile

from windtunnel.deploy.build import Packager


def package(packager, folder, changed=None):
    return asyncio.run(packager.package(folder, "nodejs22.x", "", changed))


def contents(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def test_a_package_holds_the_files_without_caches_and_what_editors_leave(tmp_path):
    for name in ("a.js", "ü/b.js", "__pycache__/c.pyc", ".a.js.swp", "a.js~", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)

    made = package(Packager(tmp_path), tmp_path)

    assert contents(made) == {"a.js": b"a.js", "ü/b.js": "ü/b.js".encode(), "run": b"#!/bin/sh\n"}
    modes = {e.filename: e.external_attr >> 16 & 0o777 for e in zipfile.ZipFile(io.BytesIO(made)).infolist()}
    assert (modes["run"], modes["a.js"]) == (0o755, 0o644)


def test_the_package_of_many_saves_is_the_one_of_a_fresh_start(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for number in range(20):
        (source / f"{number}.js").write_text(str(number))
    packager = Packager(tmp_path)
    package(packager, source)

    (source / "3.js").write_text("x")
    os.utime(source / "3.js", (1, 1))
    (source / "5.js").unlink()
    (source / "new.js").write_text("n")
    changed = frozenset(source / name for name in ("3.js", "5.js", "new.js"))

    assert package(packager, source, changed) == package(Packager(tmp_path), source)


def test_what_is_not_named_as_changed_is_not_read_again(tmp_path):
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "b.js").write_text("1")
    packager = Packager(tmp_path)
    package(packager, tmp_path)

    (tmp_path / "a.js").write_text("2")
    (tmp_path / "b.js").write_text("2")

    assert contents(package(packager, tmp_path, frozenset({tmp_path / "a.js"}))) == {"a.js": b"2", "b.js": b"1"}
    assert contents(package(packager, tmp_path)) == {"a.js": b"2", "b.js": b"2"}


def test_a_folder_that_goes_or_comes_is_looked_at_as_a_whole(tmp_path):
    source = tmp_path / "source"
    (source / "old").mkdir(parents=True)
    (source / "old" / "a.js").write_text("1")
    packager = Packager(tmp_path)
    package(packager, source)

    (source / "old").rename(source / "fresh")

    changed = frozenset({source / "old", source / "fresh"})
    assert contents(package(packager, source, changed)) == {"fresh/a.js": b"1"}
