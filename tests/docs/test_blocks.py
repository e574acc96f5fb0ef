"""Every code block of the documentation runs, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def blocks(kind):
    for page in PAGES:
        for number, text in enumerate(re.findall(rf"```{kind}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)):
            yield pytest.param(text, id=f"{page.name}-{number}")


@pytest.mark.parametrize("text", list(blocks("python")))
def test_a_python_block_runs_as_a_test(cloud, text):
    names: dict = {}
    exec(text, names)
    tests = [function for name, function in names.items() if name.startswith("test_")]

    assert tests
    for function in tests:
        function(cloud)


@pytest.mark.parametrize("text", list(blocks("sh")))
def test_a_shell_block_names_commands_and_files_that_exist(text):
    from windtunnel.cli.main import main

    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["windtunnel"]:
            assert main.get_command(None, words[1]), line
        if words[:1] == ["make"]:
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(), line
        for word in words:
            if word.startswith("examples/"):
                assert (ROOT / word).exists(), line


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "docs" / "rules").glob("*.md"))], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_what_promises_name_is_there():
    for target in re.findall(r"`(tests/[^`]+)`", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
