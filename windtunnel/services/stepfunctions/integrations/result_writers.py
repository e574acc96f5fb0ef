"""Where the results of a distributed Map go: files in S3, and a manifest that names them.

AWS: step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from typing import Any

from windtunnel.aws import timestamps
from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.scopes import encoded
from windtunnel.services.stepfunctions.records import SUCCEEDED, Execution, MapRun

FAILED = "States.ResultWriterFailed"
_RESOURCE = "arn:aws:states:::s3:putObject"
_GROUPS = ("FAILED", "PENDING", "SUCCEEDED")


def missing(writer: dict[str, Any] | None) -> list[str]:
    """What of it is not built."""
    if writer is None:
        return []
    if "WriterConfig" in writer:
        return ["The field WriterConfig of a ResultWriter"]
    return [] if writer.get("Resource") == _RESOURCE else [f"A ResultWriter of {writer.get('Resource')}"]


async def write(caller: Caller, map_run: MapRun, executions: list[Execution]) -> dict[str, Any]:
    """Write the results of the executions; the output of the state. `map_run.writer` is the bucket and the prefix."""
    wish = map_run.writer or {}
    bucket, prefix = wish["Bucket"], wish.get("Prefix", "")
    folder = "/".join(part for part in (prefix.rstrip("/"), map_run.arn.rpartition(":")[2]) if part)
    files: dict[str, list[dict[str, Any]]] = {group: [] for group in _GROUPS}
    for group in ("FAILED", "SUCCEEDED"):
        told = [_told(each) for each in executions if (each.status == SUCCEEDED) == (group == "SUCCEEDED")]
        if told:
            key = f"{folder}/{group}_0.json"
            body = encoded(told)
            await _put(caller, bucket, key, body)
            files[group].append({"Key": key, "Size": len(body)})
    manifest = f"{folder}/manifest.json"
    whole = {"DestinationBucket": bucket, "MapRunArn": map_run.arn, "ResultFiles": files}
    await _put(caller, bucket, manifest, encoded(whole))
    return {"MapRunArn": map_run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": manifest}}


async def _put(caller: Caller, bucket: str, key: str, body: bytes) -> None:
    wish = {"Bucket": bucket, "Key": key, "Body": body, "ContentType": "application/json"}
    try:
        await caller.home.call("s3", "PutObject", wish, access_key=caller.key)
    except ApiError as failure:
        raise StateFailed(FAILED, failure.message) from None


def _told(execution: Execution) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ExecutionArn": execution.arn,
        "Input": execution.input,
        "InputDetails": {"Included": True},
        "Name": execution.name,
    }
    if execution.status == SUCCEEDED:
        told |= {"Output": execution.output, "OutputDetails": {"Included": True}}
    told |= {
        "StartDate": timestamps.iso_milliseconds(execution.started_at),
        "StateMachineArn": execution.machine,
        "Status": execution.status,
        "StopDate": timestamps.iso_milliseconds(execution.stopped_at),
    }
    if execution.status != SUCCEEDED:
        told |= {"Error": execution.error, "Cause": execution.cause}
    return told
