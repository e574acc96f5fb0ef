"""Package after package in one workspace: each folder holds its own package, whatever it shares with another."""

import io
import random
import zipfile

import pytest

from windtunnel.services.lambda_.unpacking import Packages
from windtunnel.services.lambda_.zip_directory import members


def zipped(files, modes=(), compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name in modes else 0o644) << 16
            entry.compress_type = compression
            archive.writestr(entry, text)
    return buffer.getvalue()


def found(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("spares", [False, True])
def test_each_package_is_what_its_zip_file_says(tmp_path, spares):
    chance = random.Random(7)
    packages = Packages(tmp_path)
    files = {f"d{n % 9}/f{n}.py": f"{n}" for n in range(80)}
    folders = {}
    before = ""
    for number in range(12):
        for _ in range(3):
            name = chance.choice(sorted(files))
            if chance.random() < 0.5:
                files.pop(name)
            else:
                files[name] = f"new {number}"
            files[f"made/{number}/x.py"] = f"{number}"
        content = zipped(files)
        name = f"{number:040d}"
        folders[name] = (packages.unpacked(content, name, before), dict(files))
        if spares and packages.changes_often(name):
            packages.prepare(name)
        before = name

    for folder, expected in folders.values():
        assert found(folder) == expected


def test_a_program_of_the_same_contents_becomes_one(tmp_path):
    packages = Packages(tmp_path)
    files = {f"{n}.py": "x" for n in range(60)}
    first = packages.unpacked(zipped(files), "1" * 40)

    second = packages.unpacked(zipped(files, modes={"3.py"}), "2" * 40, "1" * 40)

    assert (second / "3.py").stat().st_mode & 0o111
    assert not (first / "3.py").stat().st_mode & 0o111
    assert (first / "4.py").stat().st_ino == (second / "4.py").stat().st_ino


def test_a_package_with_a_broken_file_is_refused_whatever_came_before(tmp_path):
    packages = Packages(tmp_path)
    files = {f"{n}.py": "x" * 100 for n in range(60)}
    packages.unpacked(zipped(files), "1" * 40)
    broken = bytearray(zipped({**files, "3.py": "something else"}, compression=zipfile.ZIP_STORED))
    at = broken.index(b"something else")
    broken[at : at + 4] = b"SOME"

    with pytest.raises(Exception, match="Could not unzip"):
        packages.unpacked(bytes(broken), "2" * 40, "1" * 40)

    assert not (tmp_path / "packages" / ("2" * 40)).exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100, zipped({"a": "b"})[:-1], zipped({"a": "b"}) + b"x"])
def test_what_is_no_plain_zip_file_has_no_members(content):
    assert members(content) is None
