"""Building functions in Node.js as `sam build` does: npm's packages, bundles by esbuild, and the SDK that AWS's runtimes bring along.

AWS: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from windtunnel.deploy import tools
from windtunnel.deploy.drafts import drafted
from windtunnel.deploy.template import TemplateError
from windtunnel.kernel import surroundings

NPM_TIMEOUT_S = 300
ESBUILD_TIMEOUT_S = 60
_SDK = re.compile(rb"""['"](@aws-sdk/[a-z0-9-]+)""")
_SOURCES = (".js", ".mjs", ".cjs")
_MANIFESTS = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")


async def dependencies(folder: Path, cache: Path, with_tools: bool = False) -> Path | None:
    """
    A folder with the `node_modules` that the package.json asks for, kept by what asks for it; None where it asks for nothing
    or they are installed beside it already. `with_tools` takes those for development too. Raises TemplateError.
    """
    manifest = _manifest(folder)
    wanted = {**manifest.get("dependencies", {}), **(manifest.get("devDependencies", {}) if with_tools else {})}
    if not wanted or (folder / "node_modules").is_dir():
        return None
    present = [folder / name for name in _MANIFESTS if (folder / name).is_file()]
    mark = hashlib.sha256(b"\n".join([str(with_tools).encode(), *(path.read_bytes() for path in present)])).hexdigest()
    place = cache / "node-dependencies" / mark[:32]
    if place.is_dir():
        return place
    with drafted(place) as draft:
        for path in present:
            shutil.copy(path, draft)
        omit = [] if with_tools else ["--omit=dev"]
        command = [_npm(folder), "install", "-q", "--no-audit", "--no-fund", *omit]
        await tools.run(
            command, draft, NPM_TIMEOUT_S, f"The packages of {folder.name}/package.json could not be installed"
        )
        for path in present:
            (draft / path.name).unlink(missing_ok=True)
        (draft / "package-lock.json").unlink(missing_ok=True)
    return place


async def bundle(folder: Path, recipe: dict[str, Any], place: Path, cache: Path) -> None:
    """Fill `place` with what esbuild makes of the entry points. Raises TemplateError, in esbuild's words where it refuses."""
    properties = recipe.get("BuildProperties") or {}
    installed = await dependencies(folder, cache, with_tools=True)
    program = _esbuild(folder, installed)
    words = [program, *_entries(properties), "--bundle", "--platform=node", f"--outdir={place}", "--log-level=error"]
    variables = {"NODE_PATH": str(installed / "node_modules")} if installed is not None else {}
    await tools.run(
        [*words, *_flags(folder, properties)], folder, ESBUILD_TIMEOUT_S, f"esbuild refuses {folder.name}", variables
    )
    await asyncio.to_thread(_put_under_handler, place, str(recipe.get("Handler") or ""))


def _put_under_handler(place: Path, handler: str) -> None:
    """esbuild puts a single bundle at the top, whatever the folder of its entry point: it goes where the handler looks."""
    module = Path(handler.rpartition(".")[0])
    if len(module.parts) < 2 or any(place.glob(f"{module}.*")):
        return
    (place / module.parent).mkdir(parents=True, exist_ok=True)
    for path in place.glob(f"{module.name}.*"):
        path.rename(place / module.parent / path.name)


def sdk_missing(package: bytes, place: Path | None) -> list[str]:
    """The packages of the AWS SDK that a zip file uses, which are neither in it nor in `place`."""
    used: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(package)) as files:
        names = set(files.namelist())
        for name in names:
            if name.endswith(_SOURCES) and "node_modules/" not in name:
                used.update(found.decode() for found in _SDK.findall(files.read(name)))
    return sorted(
        name
        for name in used
        if f"node_modules/{name}/package.json" not in names and not (place is not None and (place / name).is_dir())
    )


async def install_sdk(names: list[str], prefix: Path) -> None:
    """Install packages as for all users of this prefix. Raises TemplateError."""
    prefix.mkdir(parents=True, exist_ok=True)
    command = [_npm(prefix), "install", "-q", "-g", "--no-audit", "--no-fund", "--prefix", str(prefix), *names]
    await tools.run(command, prefix, NPM_TIMEOUT_S, f"{', '.join(names)} could not be installed")


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "package.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TemplateError(f"It is no JSON: {error}", str(path)) from None
    return found if isinstance(found, dict) else {}


def _npm(folder: Path) -> str:
    found = shutil.which("npm", path=":".join(surroundings.search_path()))
    if found is None:
        raise TemplateError("npm was not found. Install Node.js with npm, or run npm install yourself.", str(folder))
    return found


def _esbuild(folder: Path, installed: Path | None) -> str:
    places = [each / "node_modules" / ".bin" / "esbuild" for each in (folder, *folder.parents)]
    if installed is not None:
        places.insert(0, installed / "node_modules" / ".bin" / "esbuild")
    beside = next((str(path) for path in places if path.is_file()), None)
    found = beside or shutil.which("esbuild", path=":".join(surroundings.search_path()))
    if found is None:
        raise TemplateError(
            "The template asks for esbuild, which was not found: npm install --save-dev esbuild beside package.json, or "
            "npm install -g esbuild.",
            str(folder),
        )
    return found


def _entries(properties: dict[str, Any]) -> list[str]:
    given = properties.get("EntryPoints") or ["app.ts"]
    return [given] if isinstance(given, str) else list(given)


def _flags(folder: Path, properties: dict[str, Any]) -> list[str]:
    """The build properties as esbuild's options, with SAM's defaults."""
    manifest = _manifest(folder)
    own = {**manifest.get("dependencies", {}), **manifest.get("devDependencies", {})}
    external = list(properties.get("External") or [])
    if not any(name.startswith("@aws-sdk/") for name in own):
        external += ["@aws-sdk/*", "@smithy/*"]  # the runtime's own
    flags = [f"--external:{name}" for name in external]
    target = str(properties.get("Target") or "es2020").lower()
    flags += [f"--target={target}", f"--format={properties.get('Format') or 'cjs'}"]
    flags += ["--minify"] if _true(properties.get("Minify", True)) else []
    flags += ["--sourcemap"] if _true(properties.get("Sourcemap", False)) else []
    flags += ["--tree-shaking=true"] if _true(properties.get("TreeShaking", False)) else []
    flags += ["--keep-names"] if _true(properties.get("KeepNames", False)) else []
    flags += [f"--loader:{each}" for each in properties.get("Loader") or []]
    flags += [f"--out-extension:{each}" for each in properties.get("OutExtension") or []]
    banners = properties.get("Banner") or []
    for each in banners if isinstance(banners, list) else [banners]:
        flags += [f"--banner:{each}"] if isinstance(each, str) else [f"--banner:{k}={v}" for k, v in each.items()]
    if properties.get("MainFields"):
        fields = properties["MainFields"]
        flags.append(f"--main-fields={fields if isinstance(fields, str) else ','.join(fields)}")
    if "SourcesContent" in properties:
        flags.append(f"--sources-content={str(_true(properties['SourcesContent'])).lower()}")
    return flags


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
