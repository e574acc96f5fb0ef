"""An application on disk, deployed into a cloud: built, packaged, and handed to CloudFormation like any client would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.aws.home import Home
from windtunnel.deploy import artifacts, build
from windtunnel.deploy.support import line_of
from windtunnel.deploy.template import Template, TemplateError, find, read

_AT = re.compile(r"(?:line \d+: )?(?P<rest>(?P<name>\w+): the (?:property (?P<property>\w+) of|type) )")
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]

_ADVICE = {
    "lambda:GetLayerVersion": "Layers of other accounts are not on this machine: declare a layer with the same content in the "
    "template, or take it out.",
    "No export named": "Another stack exports this, and this one runs alone: deploy that stack into the same cloud first, or take "
    "the value from a parameter.",
    "is no longer supported for creating": "AWS refuses it too. To judge the application without running it: windtunnel check "
    "--static.",
}
"""What to do about reasons that are AWS's own words."""


class DeployFailed(Exception):
    """The stack did not stand; the text names the resource and the reason."""


class Deployment(msgspec.Struct, frozen=True):
    """What stands: physical names and types by logical id, outputs, and what was left out because it is not built."""

    template: Template
    stack: str
    physical: dict[str, str]
    types: dict[str, str]
    outputs: dict[str, str]
    left_out: tuple[str, ...] = ()


class Application:
    """A template and the files beside it. `cache` keeps built dependencies between runs."""

    def __init__(self, place: Path, cache: Path, parameters: dict[str, str] | None = None, stack: str = "") -> None:
        """Raises TemplateError when there is no template or it does not parse."""
        self.template = read(find(place))
        self.folder = self.template.folder().resolve()
        self.stack = stack or _stack_name(self.folder.name)
        self.parameters = parameters or {}
        self._packager = build.Packager(cache)
        self._sent: dict[str, bytes] = {}

    def read_again(self) -> None:
        """The template as it is on disk now. Raises TemplateError, and keeps what was read before."""
        self.template = read(Path(self.template.place))

    async def deploy(self, home: Home, say: Callable[[str], None] = lambda _: None) -> Deployment:
        """Create the stack, or bring it up to date. Raises TemplateError and DeployFailed; a failed stack is rolled back."""
        self._sent.clear()
        document = await artifacts.packaged(self.template, _uploader(home), self._packager, say)
        say("deploying")
        wish = {
            "StackName": self.stack,
            "TemplateBody": json.dumps(document),
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()],
            "Capabilities": CAPABILITIES,
        }
        stack_id = await self._create_or_update(home, wish)
        noun = home.service("cloudformation").nouns["Stacks"]
        while noun.stacks.get(stack_id).under_way:  # type: ignore[attr-defined]
            await home.signal(f"stack:{stack_id}").wait_until(None)
        return self._result(home, stack_id)

    async def _create_or_update(self, home: Home, wish: dict[str, Any]) -> str:
        noun = home.service("cloudformation").nouns["Stacks"]
        present = noun.find(self.stack)  # type: ignore[attr-defined]
        try:
            if present is None:
                return str((await home.call("cloudformation", "CreateStack", wish))["StackId"])
            try:
                await home.call("cloudformation", "UpdateStack", wish)
            except ApiError as error:
                if error.message != "No updates are to be performed.":
                    raise
            return str(present.id)
        except ApiError as error:
            raise TemplateError(self._with_lines(error.message), self.template.place) from None

    def _with_lines(self, message: str) -> str:
        """CloudFormation speaks of the packaged template; say the lines of the one that the user wrote."""

        def with_line(found: re.Match[str]) -> str:
            at = line_of(self.template, found["name"], found["property"] or "")
            return f"line {at}: {found['rest']}" if at else found["rest"]

        return _AT.sub(with_line, message)

    def _result(self, home: Home, stack_id: str) -> Deployment:
        noun: Any = home.service("cloudformation").nouns["Stacks"]
        stack = noun.stacks.get(stack_id)
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = [event for _, event in noun.events.read(stack_id) if event.status.endswith("_FAILED")]
            reasons = "\n".join(f"  {self._at(e.logical_id)}{e.logical_id} ({e.type}): {e.reason}" for e in events[-5:])
            advice = "".join(f"\n{say}" for sign, say in _ADVICE.items() if sign in reasons)
            raise DeployFailed(f"The stack {self.stack} ended as {stack.status}:\n{reasons}{advice}")
        resources = noun.resources.all(stack_id)
        return Deployment(
            self.template,
            self.stack,
            {r.logical_id: r.physical_id for r in resources},
            {r.logical_id: r.type for r in resources},
            {output["OutputKey"]: output["OutputValue"] for output in stack.outputs},
            tuple(str(each) for each in home.cloud.deployer.left_out(self.template, stack.processed)),  # type: ignore[attr-defined]
        )

    def _at(self, logical_id: str) -> str:
        line = line_of(self.template, logical_id)
        return f"line {line}: " if line else ""

    def touched(self, changed: frozenset[Path]) -> list[artifacts.CodeSource]:
        """The functions and layers whose source is among what changed. Raises TemplateError."""
        found = artifacts.sources(self.template).values()
        return [each for each in found if any(path.is_relative_to(each.folder) for path in changed)]

    async def update_code(
        self, home: Home, deployment: Deployment, functions: list[artifacts.CodeSource], changed: frozenset[Path]
    ) -> list[str]:
        """
        Bring the code of functions up to date, and their aliases with it; nothing else is touched. `changed` is all that
        changed since the last time. Returns the logical ids of those whose package is another now. Raises TemplateError.
        """
        contents: dict[tuple[Path, str], bytes] = {}
        updated = []
        try:
            for source in functions:
                made_from = source.folder, source.mark
                if made_from not in contents:
                    contents[made_from] = await self._packager.package(
                        source.folder, source.runtime, source.under, changed, source.recipe
                    )
                if self._sent.get(source.logical_id) != contents[made_from]:
                    await self._update(home, deployment.physical[source.logical_id], contents[made_from])
                    self._sent[source.logical_id] = contents[made_from]
                    updated.append(source.logical_id)
        except BaseException:
            self._packager.forget()
            raise
        return updated

    @staticmethod
    async def _update(home: Home, name: str, content: bytes) -> None:
        aliases = (await home.call("lambda", "ListAliases", {"FunctionName": name}))["Aliases"]
        wish = {"FunctionName": name, "ZipFile": content, "Publish": bool(aliases)}
        updated = await home.call("lambda", "UpdateFunctionCode", wish)
        for alias in aliases:
            moved = {"FunctionName": name, "Name": alias["Name"], "FunctionVersion": updated["Version"]}
            await home.call("lambda", "UpdateAlias", moved)


def _uploader(home: Home) -> artifacts.Upload:
    bucket = f"windtunnel-packages-{home.account}-{home.region}"

    async def upload(key: str, content: bytes) -> str:
        try:
            await home.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": content})
        except ApiError as error:
            if error.code != "NoSuchBucket":
                raise
            await home.call("s3", "CreateBucket", {"Bucket": bucket})
            await home.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": content})
        return bucket

    return upload


def _stack_name(folder: str) -> str:
    """A legal stack name from a folder's: letters, digits and hyphens, a letter first."""
    name = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in folder).strip("-")
    return (name if name[:1].isalpha() else f"app-{name}")[:64]
