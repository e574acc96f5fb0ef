"""The public layers of Powertools for AWS Lambda (Python), by their ARNs.

    arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7

AWS publishes them from an account of its own. Here they are made when a function first names one: the package is installed from
the index for that Python version and architecture, and published as a layer of that account, open to everybody. The newest release
of the major version is taken, whatever the number of the layer: nothing outside of AWS says which release a number holds.
AWS: https://docs.powertools.aws.dev/lambda/python/latest/getting-started/install/
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
from pathlib import Path
from typing import Any

from windtunnel.engine.installer import NotInstalledError, installed
from windtunnel.services.lambda_.facts import LayerInstalled
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.names import invalid

ACCOUNT = "017000801446"
_ARN = re.compile(
    rf"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):{ACCOUNT}:layer:(?P<layer>AWSLambdaPowertoolsPython"
    r"(?:V(?P<major>[23]))?(?:-python(?P<three>3)(?P<minor>\d+))?(?:-(?P<machine>x86_64|arm64|Arm64))?):(?P<number>\d+)"
)
_OF_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
_log = logging.getLogger("windtunnel")


class PowertoolsLayers(LambdaTables):
    async def obtain(self, layers: tuple[str, ...], runtime: str) -> None:
        """Publish what is named and not there yet. Raises InvalidParameterValueException that says what to do."""
        for arn in layers:
            found = _ARN.fullmatch(arn)
            if found is None or found["region"] != self.home.region:
                continue
            publisher = self.home.cloud.home(ACCOUNT, self.home.region).service("lambda").nouns["PowertoolsLayers"]
            if publisher.layer_versions.get(found["layer"], int(found["number"])) is None:
                if not self.home.settings.powertools_layers:
                    raise invalid(
                        f"Layer version {arn} does not exist. Set WINDTUNNEL_POWERTOOLS_LAYERS=true to have it installed."
                    )
                await publisher.publish(arn, found, runtime)

    async def publish(self, arn: str, found: re.Match[str], runtime: str) -> None:
        """In the home of the account that publishes them."""
        version = f"3.{found['minor']}" if found["minor"] else runtime.removeprefix("python")
        architecture = (found["machine"] or "x86_64").lower()
        major = int(found["major"] or 1)
        requirement = f"aws-lambda-powertools[all]>={major},<{major + 1}"
        try:
            folder = await installed(requirement, version, architecture, _OF_THE_RUNTIME)
        except NotInstalledError as problem:
            raise invalid(f"Layer version {arn} is not on this machine, and {problem}") from None
        layer = self.noun("Layers").keep(found["layer"], int(found["number"]), _zipped(folder), architecture)
        self.noun("LayerPermissions").open_to_all(layer)
        release = _release(folder)
        self.home.record(LayerInstalled(arn, release, version, architecture))
        _log.info("%s holds aws-lambda-powertools %s, installed from the package index", arn, release)


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, Path("python") / path.relative_to(folder))
    return buffer.getvalue()


def _release(folder: Path) -> Any:
    about = next(folder.glob("aws_lambda_powertools-*.dist-info"), None)
    return about.name.split("-")[1].removesuffix(".dist") if about else "unknown"
