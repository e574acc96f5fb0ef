"""The AWS SDK that functions find without bringing it."""

import asyncio
import os
import textwrap
import zipfile
from io import BytesIO

import pytest

from windtunnel.engine import sdk
from windtunnel.engine.installer import NotInstalledError
from windtunnel.engine.interpreters import Interpreters

OLD = [i for i in Interpreters(os.environ["PATH"].split(":"), os.path.expanduser("~")).pythons if i.version == (3, 9)]


@pytest.mark.skipif(
    not OLD or sdk.fits((3, 9)), reason="needs a Python that is too old for the SDK beside the platform"
)
def test_an_older_python_has_an_sdk_of_its_own(cloud):
    try:
        asyncio.run(sdk.for_python((3, 9)))
    except NotInstalledError as problem:
        pytest.skip(str(problem))
    package = BytesIO()
    source = """
        import boto3
        def handler(event, context):
            return boto3.client("sts").meta.service_model.service_name
    """
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", textwrap.dedent(source))
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="old", Runtime="python3.9", Handler="app.handler", Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": package.getvalue()},
    )  # fmt: skip

    assert client.invoke(FunctionName="old")["Payload"].read() == b'"sts"'
