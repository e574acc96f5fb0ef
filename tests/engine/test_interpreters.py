"""Which interpreter runs a runtime."""

from pathlib import Path

import pytest

from windtunnel.engine.interpreters import Interpreters


def program(folder: Path, name: str, content: bytes = b"\x7fELF") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(content)
    return file


@pytest.fixture
def found(tmp_path: Path) -> Interpreters:
    for version in ("10", "12"):
        program(tmp_path / f".pyenv/versions/3.{version}.1/bin", f"python3.{version}")
    program(tmp_path / "shims", "python3.13", b"#!/bin/sh\n")
    program(tmp_path / "scripts", "python3.14", b"#!/bin/sh\n")
    made = Interpreters([str(tmp_path / "shims"), str(tmp_path / "scripts")], str(tmp_path))
    made.pythons = [python for python in made.pythons if python.path.startswith(str(tmp_path))]
    return made


def test_an_exact_version_is_taken_without_a_notice(found: Interpreters) -> None:
    choice = found.choose("python3.12")

    assert (choice.interpreter.version, choice.notice) == ((3, 12), "")


def test_a_missing_version_is_replaced_by_the_nearest_with_a_notice(found: Interpreters) -> None:
    choice = found.choose("python3.9")

    assert choice.interpreter.version == (3, 10)
    assert choice.notice.startswith("python3.9 is not installed; python 3.10 at ")


def test_between_two_equally_near_versions_the_newer_is_taken(found: Interpreters) -> None:
    assert found.choose("python3.11").interpreter.version == (3, 12)


def test_shims_are_no_interpreters(found: Interpreters) -> None:
    assert [python.version for python in found.pythons] == [(3, 10), (3, 12)]


def test_a_runtime_of_another_language_is_refused(found: Interpreters) -> None:
    with pytest.raises(LookupError, match="ruby3.4"):
        found.choose("ruby3.4")
