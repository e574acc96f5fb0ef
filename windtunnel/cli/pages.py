"""The generated pages of the documentation: rules, guide, coverage, commands, settings. Made from the code, never by hand."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

NOTE = "<!-- Made from the code by `make docs`; change it there. -->\n\n"


def pages() -> dict[str, str]:
    """Each generated page by its path under `docs/`."""
    return {
        "guide.md": guide_page(),
        "coverage.md": coverage_page(),
        "commands.md": commands_page(),
        "settings.md": settings_page(),
        "resources.md": resources_page(),
        "rules/README.md": rules_page(),
        **{f"rules/{rule.id}.md": rule_page(rule) for rule in _rules()},
    }


def write(folder: Path) -> list[str]:
    """Write every page; the paths of those that changed."""
    changed = []
    for name, text in pages().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def _rules() -> tuple[Any, ...]:
    from windtunnel.lens.judge import every_rule

    return every_rule()


def rule_page(rule: Any) -> str:
    """What a rule finds, why it matters, how it is judged, and the example with and without the fault."""
    how = "From the template and the source."
    if rule.experiment:
        how = f"By the experiment *{rule.experiment}*, and from the template where that is enough."
    elif rule.watches:
        how = "From what was recorded while the application ran."
    lines = [
        f"{NOTE}# {rule.id}\n",
        f"**{rule.title}** · {rule.severity} · practice {rule.practice} of the guide\n",
        f"{inspect.cleandoc(rule.__doc__ or '')}\n",
        f"**How it is judged.** {how}\n",
        f"**Fix.** {rule.fix}\n",
        f"**Source.** <{rule.source}>\n",
    ]
    if rule.existing:
        lines.append(f"**Other tools.** {', '.join(f'`{each}`' for each in rule.existing)}\n")
    for title, text, number in (("With the fault", rule.bad, 0), ("Mended", rule.good, 1)):
        lines.append(f"## {title}\n")
        if number == 0 or rule.good != rule.bad:
            lines.append(f"```yaml\n{text.strip()}\n```\n")
        for name, versions in rule.files.items():
            if versions[number]:
                kind = "python" if name.endswith(".py") else "json"
                lines.append(f"`{name}`\n\n```{kind}\n{versions[number].strip()}\n```\n")
    return "\n".join(lines)


def rules_page() -> str:
    rows = [f"| [{r.id}]({r.id}.md) | {r.severity} | {r.title} | {_evidence(r)} |" for r in _rules()]
    head = "| rule | severity | fault | judged by |\n|---|---|---|---|\n"
    return f"{NOTE}# Rules\n\n{head}" + "\n".join(rows) + "\n"


def _evidence(rule: Any) -> str:
    if rule.experiment:
        return f"experiment {rule.experiment}"
    return "what was recorded" if rule.watches else "template and source"


def guide_page() -> str:
    """Every line of the guide: what runs it, which rules judge it, on what evidence, and its state."""
    from windtunnel.lens.guide import GUIDE, SAME_AS, STATES
    from windtunnel.lens.reports.score import SECTIONS

    counts = ", ".join(f"{sum(1 for p in GUIDE if p.state == state)} {state}" for state in STATES)
    lines = [f"{NOTE}# The guide, executable\n", f"Of {len(GUIDE)} lines of the guide: {counts}.\n"]
    for letter, title in SECTIONS.items():
        lines += [
            f"## {letter} · {title}\n",
            "| line | practice | runs here | judged by | state |",
            "|---|---|---|---|---|",
        ]
        for practice in (p for p in GUIDE if p.id[0] == letter):
            own = [r for r in _rules() if r.practice in (practice.id, *SAME_AS.get(practice.id, ()))]
            judged = "<br>".join(f"[{r.id}](rules/{r.id}.md), {_evidence(r)}" for r in own) or "no rule yet"
            state = practice.state + (f": {practice.missing} missing" if practice.missing else "")
            lines.append(f"| {practice.id} | {practice.title} | {practice.runs} | {judged} | {state} |")
        lines.append("")
    return "\n".join(lines)


def coverage_page() -> str:
    """Which operations of each service are built, with the members that have no effect; from the signatures."""
    from windtunnel.aws import models
    from windtunnel.aws.operations import is_operation, method_name
    from windtunnel.cloud import every_service, load

    lines = [f"{NOTE}# Coverage\n", "What is not listed answers 501 and names the operation or member.\n"]
    for declaration in sorted(every_service(), key=lambda d: d.api):
        classes = [load(declaration, noun) for noun in declaration.nouns]
        methods = {
            name
            for cls in classes
            for name, function in inspect.getmembers(cls, inspect.isfunction)
            if not name.startswith("_") and is_operation(function)
        }
        operations = models.load(declaration.api).operations
        built = [name for name in operations if method_name(name) in methods]
        lines.append(f"## {declaration.api}: {len(built)} of {len(operations)} operations\n")
        lines.append(", ".join(f"`{name}`" for name in sorted(built)) + "\n")
        inert = {member: why for cls in classes for member, why in cls.inert.items()}
        if inert:
            lines += ["| member | why it has no effect |", "|---|---|"]
            lines += [f"| `{member}` | {why} |" for member, why in sorted(inert.items())]
            lines.append("")
    return "\n".join(lines)


def resources_page() -> str:
    """Every CloudFormation type: which properties are enforced, simulated or only stored. Others are refused by name."""
    from windtunnel.cloud import every_service, load

    lines = [
        f"{NOTE}# Resources of templates\n",
        "A property that is not listed is refused by name before anything is made.\n",
    ]
    types = {name: (d, place) for d in every_service() for name, place in d.types.items()}
    for name in sorted(types):
        properties = load(*types[name]).properties
        lines.append(f"## {name}\n")
        for grade in ("enforced", "simulated", "stored"):
            own = sorted(key for key, value in properties.items() if value == grade)
            if own:
                lines.append(f"- {grade}: {', '.join(f'`{each}`' for each in own)}")
        lines.append("")
    return "\n".join(lines)


def commands_page() -> str:
    from windtunnel.cli.main import main

    settings = {"terminal_width": 110, "max_content_width": 110}
    top = main.make_context("windtunnel", [], resilient_parsing=True, **settings)
    lines = [f"{NOTE}# Commands\n", f"```text\n{main.get_help(top)}\n```\n"]
    for name in main.list_commands(top):
        command = main.get_command(top, name)
        assert command is not None
        context = command.make_context(name, [], parent=top, resilient_parsing=True, **settings)
        lines.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(lines)


def settings_page() -> str:
    """Every setting with its default and meaning, from the docstrings beside the fields."""
    import ast

    import msgspec

    from windtunnel.kernel import settings

    body = ast.parse(inspect.getsource(settings.Settings)).body[0].body  # type: ignore[attr-defined]
    explained = {}
    for node, following in zip(body, body[1:], strict=False):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            explained[node.target.id] = " ".join(str(following.value.value).split())  # type: ignore[union-attr]
    lines = [f"{NOTE}# Settings\n", "| variable | default | meaning |", "|---|---|---|"]
    for field in msgspec.structs.fields(settings.Settings):
        lines.append(f"| `WINDTUNNEL_{field.name.upper()}` | `{field.default!r}` | {explained.get(field.name, '')} |")
    return "\n".join(lines) + "\n"
