"""The local files that a template names: code, layers, definitions. Each is packaged and put where CloudFormation can fetch it.

CodeUri: src/   ─►  zip  ─►  s3://windtunnel-packages-…/<hash>   ─►  CodeUri: s3://…
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from windtunnel.deploy import build, includes, node_build
from windtunnel.deploy.template import Template, TemplateError, read, read_text, values
from windtunnel.engine import sdk

CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::LayerVersion": "Content",
}
DEFINITIONS = {
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Definition"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Body"),
}
NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
Upload = Callable[[str, bytes], Awaitable[str]]
"""Takes a key and the content; gives the bucket."""


class CodeSource(msgspec.Struct, frozen=True):
    """Where the code of a function or layer comes from."""

    logical_id: str
    type: str
    folder: Path
    runtime: str
    handler: str
    under: str = ""
    recipe: dict[str, Any] = {}
    """The Metadata that says how it is built, with `LogicalId` and `Handler`; empty where it says nothing."""

    @property
    def mark(self) -> str:
        """Sources of one folder with the same mark make the same package."""
        return f"{self.runtime} {self.under} {self.recipe}"


def _under(runtime: str) -> str:
    """The folder of a layer in which a runtime looks for packages."""
    return next((name for name in ("python", "nodejs") if runtime.startswith(name)), "")


def sources(template: Template) -> dict[str, CodeSource]:
    """The functions and layers whose code is local, by logical id. Raises TemplateError for a path that is not there."""
    found = {}
    defaults = (template.document.get("Globals") or {}).get("Function") or {}
    for logical_id, resource in template.resources.items():
        kind = resource["Type"]
        name = CODE.get(kind)
        if name is None:
            continue
        properties = resource.get("Properties") or {}
        serverless = kind == "AWS::Serverless::Function"
        inherited = defaults if serverless else {}
        if "InlineCode" in properties or properties.get("PackageType", inherited.get("PackageType")) == "Image":
            continue
        value = properties.get(name, inherited.get(name))
        if value is None and serverless and "ImageUri" not in properties:
            value = "."  # as `sam build` has it
        if not isinstance(value, str) or value.startswith(("s3://", "https://")):
            continue
        folder = (template.folder() / value).resolve()
        line = template.line("Resources", logical_id, "Properties", name)
        if not folder.exists():
            raise TemplateError(f"{name} of {logical_id} is {value}, which is not there.", template.place, line)
        recipe = resource.get("Metadata") or {}
        method = recipe.get("BuildMethod")
        is_layer = kind.endswith("LayerVersion")
        runtime = str(properties.get("Runtime", inherited.get("Runtime", "")) if not is_layer else method or "")
        handler = str(properties.get("Handler", inherited.get("Handler", "")))
        source = CodeSource(
            logical_id,
            kind,
            folder,
            runtime,
            handler,
            _under(runtime) if is_layer else "",
            {**recipe, "LogicalId": logical_id, "Handler": handler} if recipe.get("BuildMethod") else {},
        )
        built = recipe.get("BuildMethod") == "makefile"
        if not is_layer and not built and not properties.get("Layers", inherited.get("Layers")):
            _check_handler(source, template)
        found[logical_id] = source
    return found


async def packaged(
    template: Template, upload: Upload, packager: build.Packager, say: Callable[[str], None]
) -> dict[str, Any]:
    """The template with every local path replaced by what was uploaded."""
    document = copy.deepcopy(includes.included(template))
    made: dict[tuple[Path, str], tuple[str, str]] = {}
    for logical_id, source in sources(template).items():
        build_of = source.folder, source.mark
        if build_of not in made:
            say(f"building {logical_id}")
            content = await packager.package(source.folder, source.runtime, source.under, recipe=source.recipe)
            await _bring_sdk(source, content, say)
            key = hashlib.sha256(content).hexdigest()
            made[build_of] = (await upload(key, content), key)
        bucket, key = made[build_of]
        properties = document["Resources"][logical_id].setdefault("Properties", {})
        if source.type.startswith("AWS::Serverless"):
            properties[CODE[source.type]] = f"s3://{bucket}/{key}"
        else:
            properties[CODE[source.type]] = {"S3Bucket": bucket, "S3Key": key}
    for logical_id, path in nested(template).items():
        inner = await packaged(read(path), upload, packager, say)
        content = json.dumps(inner, sort_keys=True).encode()
        key = f"{hashlib.sha256(content).hexdigest()}.template"
        bucket = await upload(key, content)
        resource = document["Resources"][logical_id]
        resource["Properties"][NESTED[resource["Type"]]] = f"https://s3.amazonaws.com/{bucket}/{key}"
    _inline_definitions(document, template)
    return document


def nested(template: Template, all_there: bool = True) -> dict[str, Path]:
    """The local templates of nested stacks, by logical id. Raises TemplateError for one that is not there where `all_there`."""
    found = {}
    for logical_id, resource in template.resources.items():
        name = NESTED.get(resource["Type"], "")
        place = (resource.get("Properties") or {}).get(name)
        if not isinstance(place, str) or place.startswith(("s3://", "https://", "http://", "{{")):
            continue
        path = template.folder() / place
        if not path.is_file():
            if not all_there:
                continue
            line = template.line("Resources", logical_id, "Properties", name)
            raise TemplateError(f"{name} of {logical_id} names {place}, which is not there.", template.place, line)
        found[logical_id] = path
    return found


async def _bring_sdk(source: CodeSource, content: bytes, say: Callable[[str], None]) -> None:
    """AWS's runtimes for Node.js bring its SDK along; what a package uses of it is installed once for all."""
    if not source.runtime.startswith("nodejs"):
        return
    missing = node_build.sdk_missing(content, sdk.place_for_node())
    if missing:
        say(f"installing {', '.join(missing)}, as AWS's runtime has it")
        try:
            await node_build.install_sdk(missing, sdk.folder_for_node())
        except TemplateError as problem:
            say(f"{problem} The function will not find it.")


def definitions(template: Template) -> list[Path]:
    """The files with definitions that the template names."""
    found = []
    for resource in template.resources.values():
        name = DEFINITIONS.get(resource["Type"], ("", ""))[0]
        place = (resource.get("Properties") or {}).get(name)
        if isinstance(place, str) and not place.startswith(("s3://", "https://")):
            found.append((template.folder() / place).resolve())
    return [*found, *includes.files(template), *(path.resolve() for path in nested(template).values())]


def _inline_definitions(document: dict[str, Any], template: Template) -> None:
    """Definitions in files of their own become part of the template."""
    for logical_id, resource in document["Resources"].items():
        names = DEFINITIONS.get(resource["Type"])
        properties = resource.get("Properties") or {}
        if names is None or not isinstance(properties.get(names[0]), str):
            continue
        path = template.folder() / properties[names[0]]
        line = template.line("Resources", logical_id, "Properties", names[0])
        if not path.is_file():
            raise TemplateError(
                f"{names[0]} of {logical_id} names {path.name}, which is not there.", template.place, line
            )
        del properties[names[0]]
        properties[names[1]] = _document(path)


def _document(path: Path) -> Any:
    return values(read_text(path), str(path))


def _check_handler(source: CodeSource, template: Template) -> None:
    """A handler whose module is nowhere in the package can only fail; say so before anything runs."""
    if not source.runtime.startswith("python") or source.folder.is_file() or not source.handler:
        return
    module, _, function = source.handler.rpartition(".")
    line = template.line("Resources", source.logical_id, "Properties", "Handler")
    if not module or not function:
        raise TemplateError(
            f"Handler of {source.logical_id} is {source.handler!r}; it must be module.function.", template.place, line
        )
    path = source.folder.joinpath(*module.replace("/", ".").split("."))
    if not path.with_suffix(".py").is_file() and not (path / "__init__.py").is_file():
        raise TemplateError(
            f"Handler of {source.logical_id} is {source.handler}, but {source.folder.name}/ has no {module.replace('.', '/')}.py.",
            template.place,
            line,
        )
