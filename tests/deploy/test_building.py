"""From a template and the files beside it to functions that run: includes, dependencies, bundles."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from windtunnel.deploy.application import DeployFailed
from windtunnel.deploy.build import Packager
from windtunnel.deploy.template import TemplateError

node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
NPM = """#!{python}
import os, pathlib, sys
if {fails}:
    sys.exit("npm error network down")
prefix = pathlib.Path(sys.argv[sys.argv.index("--prefix") + 1], "lib") if "-g" in sys.argv else pathlib.Path()
names = [name for name in sys.argv[2:] if name.startswith("@")] or ["greeting"]
for name in names:
    folder = prefix / "node_modules" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{{"name": "' + name + '"}}')
    (folder / "index.js").write_text("module.exports = 'hello from npm';")
"""
ESBUILD = """#!{python}
import pathlib, sys
out = next(word for word in sys.argv if word.startswith("--outdir="))[9:]
pathlib.Path(out, "app.js").write_text("exports.handler = async () => " + repr(sys.argv[1:]) + ";")
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Writes an application; with an npm that needs no network, and a cache of its own."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def write(template: str, npm_fails: bool = False, **files: str) -> Path:
        _tool(tools / "npm", NPM.format(python=sys.executable, fails=npm_fails))
        folder = tmp_path / "app"
        for name, text in {"template.yaml": template, **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return write


def _tool(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def function(runtime="nodejs20.x", handler="app.handler", more="", metadata="") -> str:
    code = "" if "InlineCode" in more else "      CodeUri: src/\n"
    return (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"{code}      Runtime: {runtime}\n      Handler: {handler}\n{more}{metadata}"
    )


def answer(cloud, deployment) -> object:
    outcome = cloud.client("lambda").invoke(FunctionName=deployment.physical["F"])
    return json.loads(outcome["Payload"].read())


def test_a_file_that_a_template_includes_becomes_part_of_it(cloud, app):
    folder = app(
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: jobs\n"
        "      Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: ./parts/queue.yaml}}\n",
        **{"parts/queue.yaml": "VisibilityTimeout: 77\nDelaySeconds: {'Fn::Select': [1, ['3', '4']]}\n"},
    )

    cloud.deploy(folder)

    url = cloud.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("77", "4")


def test_an_included_file_that_is_not_there_is_named(cloud, app):
    folder = app(
        "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {'Fn::Transform': "
        "{Name: 'AWS::Include', Parameters: {Location: none.yaml}}}}}"
    )

    with pytest.raises(TemplateError, match="AWS::Include names none.yaml, which is not there"):
        cloud.deploy(folder)


def test_of_a_key_that_stands_twice_the_last_counts(cloud, app):
    folder = app(
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: jobs}\n"
        "Outputs:\n  Name:\n    Description:\n    Description: the name\n    Value: !GetAtt Q.QueueName\n"
    )

    assert cloud.deploy(folder).outputs == {"Name": "jobs"}


def test_a_function_without_codeuri_is_built_from_the_folder_of_the_template(cloud, app):
    folder = app(
        function("python3.11", "source/app.handler").replace("      CodeUri: src/\n", ""),
        **{"source/app.py": "def handler(event, context):\n    return 5\n"},
    )

    assert answer(cloud, cloud.deploy(folder)) == 5


@node
def test_the_packages_of_package_json_are_installed(cloud, app):
    folder = app(
        function(),
        **{
            "src/app.js": "exports.handler = async () => require('greeting');",
            "src/package.json": '{"dependencies": {"greeting": "^1"}}',
        },
    )

    assert answer(cloud, cloud.deploy(folder)) == "hello from npm"


@node
def test_packages_that_are_there_are_taken_as_they_are(cloud, app):
    folder = app(
        function(), npm_fails=True,
        **{
            "src/app.js": "exports.handler = async () => require('greeting');",
            "src/package.json": '{"dependencies": {"greeting": "^1"}}',
            "src/node_modules/greeting/index.js": "module.exports = 'mine';",
        },
    )  # fmt: skip

    assert answer(cloud, cloud.deploy(folder)) == "mine"


def test_what_npm_refuses_is_said(cloud, app):
    package = '{"dependencies": {"greeting": "^1"}}'
    folder = app(function(), npm_fails=True, **{"src/app.js": "", "src/package.json": package})

    with pytest.raises(
        TemplateError, match=r"The packages of src/package.json could not be installed:\nnpm error network down"
    ):
        cloud.deploy(folder)


@node
def test_esbuild_makes_the_bundle_that_the_metadata_asks_for(cloud, app):
    metadata = (
        "    Metadata:\n      BuildMethod: esbuild\n      BuildProperties:\n        EntryPoints: [app.ts]\n"
        "        External: ['sharp']\n        Target: es2022\n        Sourcemap: true\n"
    )
    folder = app(function(metadata=metadata), **{"src/app.ts": "", "src/package.json": "{}"})
    _tool(folder / "node_modules" / ".bin" / "esbuild", ESBUILD.format(python=sys.executable))

    flags = answer(cloud, cloud.deploy(folder))

    assert flags[:2] == ["app.ts", "--bundle"]
    assert {"--external:sharp", "--external:@aws-sdk/*", "--target=es2022", "--minify", "--sourcemap"} <= set(flags)


@node
def test_a_bundle_goes_where_the_handler_looks(cloud, app):
    metadata = "    Metadata:\n      BuildMethod: esbuild\n      BuildProperties: {EntryPoints: [functions/app.ts], Banner: ['js=//x']}\n"
    folder = app(function(handler="functions/app.handler", metadata=metadata), **{"src/functions/app.ts": ""})
    _tool(folder / "node_modules" / ".bin" / "esbuild", ESBUILD.format(python=sys.executable))

    assert "--banner:js=//x" in answer(cloud, cloud.deploy(folder))


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_a_makefile_builds_what_the_metadata_asks_for(cloud, app):
    source = "def handler(event, context):\n    return 'made'\n"
    folder = app(
        function("python3.11", metadata="    Metadata: {BuildMethod: makefile}\n"),
        **{"src/Makefile": "build-F:\n\tcp code.txt $(ARTIFACTS_DIR)/app.py\n", "src/code.txt": source},
    )

    assert answer(cloud, cloud.deploy(folder)) == "made"


def test_a_missing_makefile_is_named(cloud, app):
    folder = app(function("python3.11", metadata="    Metadata: {BuildMethod: makefile}\n"), **{"src/app.py": ""})

    with pytest.raises(TemplateError, match="src has no Makefile"):
        cloud.deploy(folder)


def test_a_missing_esbuild_says_what_to_do(cloud, app, monkeypatch):
    metadata = "    Metadata: {BuildMethod: esbuild, BuildProperties: {EntryPoints: [app.ts]}}\n"
    folder = app(function(metadata=metadata), **{"src/app.ts": ""})
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(TemplateError, match="npm install --save-dev esbuild"):
        cloud.deploy(folder)


@node
def test_what_a_function_leaves_to_the_runtime_of_the_aws_sdk_is_installed(cloud, app):
    source = "exports.handler = async () => require('@aws-sdk/client-none-such');"
    folder = app(function(), **{"src/app.js": source})

    assert answer(cloud, cloud.deploy(folder)) == "hello from npm"


def test_a_sdk_that_cannot_be_installed_hinders_no_deployment(cloud, app):
    source = "exports.handler = async () => require('@aws-sdk/client-none-such');"
    folder = app(function(), npm_fails=True, **{"src/app.js": source})

    assert cloud.deploy(folder).physical["F"]


def test_a_property_that_cannot_be_resolved_names_the_transform(cloud, app):
    folder = app("Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {QueueName: {'Fn::Transform': {Name: Mine}}}}}")

    with pytest.raises(DeployFailed, match="The transform Mine is not supported"):
        cloud.deploy(folder)


def test_two_deployments_at_once_install_the_same_packages(app):
    files = {
        "src/app.js": "exports.handler = async () => 1;",
        "src/package.json": '{"dependencies": {"greeting": "^1"}}',
    }
    folder = app(function(), **files)

    async def both() -> list[bytes]:
        cache = Path(os.environ["XDG_CACHE_HOME"])
        packagers = [Packager(cache), Packager(cache)]
        return await asyncio.gather(*(each.package(folder / "src", "nodejs20.x") for each in packagers))

    one, other = asyncio.run(both())

    assert one == other
    assert b"node_modules/greeting/index.js" in one
