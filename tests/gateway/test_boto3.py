"""boto3 over a real socket: what SDKs do with connections, checksums and large bodies."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from windtunnel.aws.errors import ApiError
from windtunnel.gateway.http import Server

from .doors import Door


class Shelf:
    """As much of S3 as is needed to send something there and back."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.door = Door({"PutObject": self.put, "GetObject": self.get, "HeadObject": self.head})

    def put(self, call: Any) -> dict[str, Any]:
        self.objects[call.params["Key"]] = call.params["Body"]
        return {"ETag": '"e"'}

    def get(self, call: Any) -> dict[str, Any]:
        async def parts() -> AsyncIterator[bytes]:
            data = self.objects[call.params["Key"]]
            for at in range(0, len(data), 100_000):
                yield data[at : at + 100_000]

        return {"Body": parts(), "ContentLength": len(self.objects[call.params["Key"]])}

    def head(self, call: Any) -> dict[str, Any]:
        if call.params["Key"] not in self.objects:
            raise ApiError("NoSuchKey", "The specified key does not exist.")
        return {"ContentLength": len(self.objects[call.params["Key"]]), "Metadata": {"a": "b"}}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def endpoint(shelf: Shelf) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    server = Server(shelf.door)
    port = loop.run_until_complete(server.listen())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    asyncio.run_coroutine_threadsafe(server.close(grace_s=0.1), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def s3(endpoint: str, **settings: Any) -> Any:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}, **settings), **keys)


def test_a_large_object_goes_there_and_comes_back(shelf: Shelf, endpoint: str) -> None:
    data = bytes(range(256)) * 20_000
    client = s3(endpoint)

    client.put_object(Bucket="photos", Key="big", Body=data)

    assert client.get_object(Bucket="photos", Key="big")["Body"].read() == data


def test_an_unsigned_client_sends_its_checksum_after_the_body(shelf: Shelf, endpoint: str) -> None:
    client = s3(endpoint, signature_version=UNSIGNED)

    client.put_object(Bucket="photos", Key="k", Body=iter_file(b"streamed"))

    assert shelf.objects["k"] == b"streamed"
    assert shelf.door.calls[0].params["ChecksumCRC32"]


def test_a_head_tells_of_what_is_there_and_what_is_not(shelf: Shelf, endpoint: str) -> None:
    shelf.objects["k"] = b"12345"
    client = s3(endpoint)

    assert client.head_object(Bucket="photos", Key="k")["ContentLength"] == 5
    assert client.head_object(Bucket="photos", Key="k")["Metadata"] == {"a": "b"}
    with pytest.raises(ClientError, match="404"):
        client.head_object(Bucket="photos", Key="missing")


def test_many_threads_share_a_client(shelf: Shelf, endpoint: str) -> None:
    client = s3(endpoint)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.put_object(Bucket="photos", Key=str(n), Body=b"x"), range(64)))

    assert len(shelf.objects) == 64


def iter_file(data: bytes) -> Any:
    import io

    return io.BytesIO(data)
