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
    assert choice.notice == "python3.9 is not installed; python 3.10 runs it instead."


def test_between_two_equally_near_versions_the_newer_is_taken(found: Interpreters) -> None:
    assert found.choose("python3.11").interpreter.version == (3, 12)


def test_shims_are_no_interpreters(found: Interpreters) -> None:
    assert [python.version for python in found.pythons] == [(3, 10), (3, 12)]


@pytest.mark.parametrize(("runtime", "language"), [("java21", "Java"), ("dotnet8", r"\.NET"), ("go1.x", "Go")])
def test_a_runtime_of_another_language_is_refused_by_name(found: Interpreters, runtime: str, language: str) -> None:
    with pytest.raises(LookupError, match=rf"^Functions in {language} \({runtime}\) cannot be run here"):
        found.choose(runtime)


def test_a_node_of_a_version_manager_is_found_by_its_folder_and_one_too_old_is_not(tmp_path: Path) -> None:
    for version in ("v16.20.0", "v20.1.0", "v22.3.0"):
        program(tmp_path / f".nvm/versions/node/{version}/bin", "node")
    nodes = Interpreters([], str(tmp_path)).nodes

    own = [node.version for node in nodes if node.path.startswith(str(tmp_path))]
    assert own == [(20, 1), (22, 3)]
