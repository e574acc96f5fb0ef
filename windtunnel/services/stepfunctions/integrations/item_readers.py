"""Where the items of a distributed Map come from: an object in S3, or the list of a bucket's objects.

AWS: step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.services.stepfunctions.integrations.callers import Caller
from windtunnel.services.stepfunctions.language import jsonata, templates
from windtunnel.services.stepfunctions.language.failures import StateFailed
from windtunnel.services.stepfunctions.language.numbers import whole_number
from windtunnel.services.stepfunctions.language.scopes import Scope

FAILED = "States.ItemReaderFailed"
_OBJECT, _LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_TYPES = ("CSV", "JSON", "JSONL", "MANIFEST")


def missing(reader: dict[str, Any] | None) -> list[str]:
    """What of it is not built."""
    if reader is None:
        return []
    if reader.get("Resource") not in (_OBJECT, _LIST):
        return [f"An ItemReader of {reader.get('Resource')}"]
    kind = reader.get("ReaderConfig", {}).get("InputType", "JSON")
    return [] if kind in _TYPES else [f"An ItemReader of the type {kind}"]


async def items(caller: Caller, reader: dict[str, Any], scope: Scope, speaks_jsonata: bool) -> list[Any]:
    """Raises StateFailed."""
    wish = _wish(reader, scope, speaks_jsonata)
    config = reader.get("ReaderConfig", {})
    most = int(whole_number(config, "MaxItems")(scope))
    try:
        if reader["Resource"] == _LIST:
            found = await _listed(caller, wish, most)
        else:
            body = await _object(caller, wish)
            found = await _parsed(caller, body, config, wish)
    except ApiError as failure:
        raise StateFailed(FAILED, failure.message) from None
    return found[:most] if most else found


def _wish(reader: dict[str, Any], scope: Scope, speaks_jsonata: bool) -> dict[str, Any]:
    if speaks_jsonata:
        made: dict[str, Any] = jsonata.template(reader.get("Arguments", {}), "ItemReader/Arguments")(
            scope, {"input": scope.input}
        )
        return made
    found: dict[str, Any] = templates.compiled(reader.get("Parameters", {}))(scope)
    return found


async def _listed(caller: Caller, wish: dict[str, Any], most: int) -> list[Any]:
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        answer = await caller.home.call("s3", "ListObjectsV2", {**wish, **more}, access_key=caller.key)
        found += [
            {
                "Etag": each["ETag"],
                "LastModified": int(each["LastModified"]),
                "Key": each["Key"],
                "Size": each["Size"],
                "StorageClass": each.get("StorageClass", "STANDARD"),
            }
            for each in answer.get("Contents") or ()
        ]
        if not answer.get("IsTruncated") or (most and len(found) >= most):
            return found
        more = {"ContinuationToken": answer["NextContinuationToken"]}


async def _object(caller: Caller, wish: dict[str, Any]) -> bytes:
    answer = await caller.home.call("s3", "GetObject", wish, access_key=caller.key)
    body = bytes(answer["Body"])
    return gzip.decompress(body) if str(wish.get("Key", "")).endswith(".gz") else body


async def _parsed(caller: Caller, body: bytes, config: dict[str, Any], wish: dict[str, Any]) -> list[Any]:
    kind = config.get("InputType", "JSON")
    if kind == "CSV":
        return _rows(body.decode("utf-8-sig"), config)
    if kind == "JSONL":
        return [_json(line) for line in body.splitlines() if line.strip()]
    if kind == "MANIFEST":
        return await _of_manifest(caller, body, wish)
    found = _json(body)
    if pointer := config.get("ItemsPointer"):
        found = _pointed(found, pointer)
    if not isinstance(found, list):
        raise StateFailed(FAILED, "Attempting to map over non-iterable node.")
    return found


async def _of_manifest(caller: Caller, body: bytes, wish: dict[str, Any]) -> list[Any]:
    """An S3 inventory: the rows of its CSV files, under the names of its schema."""
    manifest = _json(body)
    if not isinstance(manifest, dict) or manifest.get("fileFormat") != "CSV":
        raise StateFailed(FAILED, "The manifest of an S3 inventory in CSV is required.")
    names = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = manifest.get("destinationBucket", wish["Bucket"]).removeprefix("arn:aws:s3:::")
    found: list[Any] = []
    for file in manifest["files"]:
        content = await _object(caller, {"Bucket": bucket, "Key": file["key"]})
        found += _rows(content.decode(), {"CSVHeaderLocation": "GIVEN", "CSVHeaders": names})
    return found


def _rows(text: str, config: dict[str, Any]) -> list[Any]:
    delimiter = _DELIMITERS.get(config.get("CSVDelimiter", "COMMA"), ",")
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") == "GIVEN":
        names = config["CSVHeaders"]
    else:
        if not rows:
            raise StateFailed(FAILED, "The CSV file is empty.")
        names, rows = rows[0], rows[1:]
    return [{name: row[place] if place < len(row) else "" for place, name in enumerate(names)} for row in rows]


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise StateFailed(FAILED, "The object could not be parsed as JSON.") from None


def _pointed(found: Any, pointer: str) -> Any:
    """AWS: a JSON pointer into the object."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found
