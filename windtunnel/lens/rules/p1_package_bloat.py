"""P1: the package carries what nobody uses."""

from pathlib import Path

from windtunnel.lens import evidence
from windtunnel.lens.rule import Finding, Proof, Rule

MEBIBYTE = 1024 * 1024
LARGE_BYTES = 50 * MEBIBYTE
UNUSED_SHARE = 0.3
LEAST_UNUSED_BYTES = MEBIBYTE
IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer")
NEVER_NEEDED = ("tests", "test", "docs", ".git", "node_modules/.cache")


class PackageBloat(Rule):
    """
    Every byte of the package is downloaded and unpacked before a cold start. SDKs that the runtime already has, test folders and
    modules that no recorded invocation imported only cost time.
    """

    id = "P1-package-bloat"
    severity = "warning"
    title = "The deployment package carries what is never used"
    fix = "Drop what is listed from the package: leave the SDK to the runtime, keep tests outside of CodeUri, remove unused dependencies."
    source = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html#function-code"
    absent = "No function has its code in this application."
    bad = """
Resources:
  Api:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Code: src/, Role: arn:aws:iam::000000000000:role/api}
"""
    good = bad
    files = {
        "src/app.py": ("def handler(event, context):\n    return 1\n", "def handler(event, context):\n    return 1\n"),
        "src/boto3/__init__.py": ("VERSION = '1.0'\n", ""),
        "src/tests/test_app.py": ("def test_nothing():\n    pass\n", ""),
    }

    def subjects(self, estate):
        return [f for f in estate.functions if f.code is not None]

    def check(self, estate):
        for function in self.subjects(estate):
            folder = estate.packages.get(function.logical_id) or function.code
            sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in folder.rglob("*") if p.is_file()}
            place = function.where("CodeUri") if "CodeUri" in function.properties else function.where("Code")
            found = [evidence.source(place, text) for text in _needless(sizes)]
            used = _used(estate, function)
            if used:
                unused = {
                    name: size for name, size in sizes.items() if name.endswith(".py") and not _is_used(name, used)
                }
                waste, total = sum(unused.values()), sum(sizes.values()) or 1
                if waste > LEAST_UNUSED_BYTES and waste / total > UNUSED_SHARE:
                    text = f"{waste / MEBIBYTE:.1f} of {total / MEBIBYTE:.1f} MiB were never imported, most of all {_largest(unused)}"
                    found.append(evidence.observed("InitFinished", text))
            if found:
                says = f"the package of {function.logical_id} ({sum(sizes.values()) / MEBIBYTE:.1f} MiB) carries needless weight"
                yield Finding(function, says, tuple(found))
            elif used:
                text = f"{len(sizes)} files, {sum(sizes.values()) / MEBIBYTE:.2f} MiB; {len(used)} modules imported"
                yield Proof(
                    function, "The package is small for what it does.", (evidence.observed("InitFinished", text),)
                )


def _needless(sizes: dict[str, int]) -> list[str]:
    found = []
    tops = {name.split("/", 1)[0] for name in sizes}
    for name in IN_THE_RUNTIME:
        if name in tops:
            size = sum(s for n, s in sizes.items() if n.startswith(f"{name}/"))
            found.append(f"{name} ({size / MEBIBYTE:.1f} MiB) is in the runtime already")
    found += [f"{name}/ is no part of the function" for name in NEVER_NEEDED if name in tops]
    total = sum(sizes.values())
    if total > LARGE_BYTES:
        found.append(f"{total / MEBIBYTE:.0f} MiB unpacked, more than {LARGE_BYTES // MEBIBYTE}")
    return found


def _used(estate, function) -> set[str]:
    """Files under /var/task that some environment of the function imported or read."""
    used = set()
    for entry in estate.facts("InitFinished"):
        if estate.is_of(entry.fact.function_arn, function):
            used |= {module.file for module in entry.fact.imports}
    for kind, field in (("ModuleImported", "file"), ("FileRead", "path")):
        used |= {getattr(e.fact, field) for e in estate.facts(kind) if estate.is_of(e.fact.function_arn, function)}
    return {path.removeprefix("/var/task/") for path in used if path.startswith("/var/task/")}


def _is_used(name: str, used: set[str]) -> bool:
    return name in used or (
        Path(name).name == "__init__.py" and any(u.startswith(str(Path(name).parent)) for u in used)
    )


def _largest(unused: dict[str, int]) -> str:
    by_top: dict[str, int] = {}
    for name, size in unused.items():
        top = name.split("/", 1)[0]
        by_top[top] = by_top.get(top, 0) + size
    return max(by_top, key=lambda top: by_top[top])
