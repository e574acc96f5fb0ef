"""The example applications of rules, on disk and judged."""

import asyncio
from datetime import date
from pathlib import Path

from windtunnel.cloud import Cloud, cache_folder
from windtunnel.deploy.application import Application
from windtunnel.deploy.template import read
from windtunnel.kernel.clock import VirtualClock
from windtunnel.kernel.settings import Settings
from windtunnel.lens.checkup import check
from windtunnel.lens.estate import Estate
from windtunnel.lens.judge import judge

TODAY = date(2026, 11, 23)
NOVEMBER_23 = 1_795_392_000.0
WORKING = "def handler(event, context):\n    return 1\n"


def written(folder: Path, rule, good: bool) -> Path:
    """The rule's example as an application on disk."""
    files = {"template.yaml": rule.good if good else rule.bad, "src/app.py": WORKING}
    for name, (bad, fine) in rule.files.items():
        files[name] = fine if good else bad
    for name, text in files.items():
        if text:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder


def static(folder: Path, rule):
    return judge(Estate(read(folder / "template.yaml"), TODAY), rules=(rule,))


def run(folder: Path, rules=None):
    """The whole check of an application; the judgements of these rules."""

    async def checked():
        clock = VirtualClock(start=NOVEMBER_23)
        async with Cloud(Settings(), clock) as cloud:
            await cloud.listen(0)
            application = Application(folder, cache_folder())
            checkup = await check(cloud.home("000000000000", "us-east-1"), clock, application, (), lambda _: None)
            assert not cloud.bugs
            return checkup

    checkup = asyncio.run(checked())
    return [j for j in checkup.judgements if rules is None or j.rule in {rule.id for rule in rules}]
