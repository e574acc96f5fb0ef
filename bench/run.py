"""`make bench`: the numbers of `docs/promises.md` on this machine, against a real server on a port of its own.

One client, one run, closed loops of a few seconds. Besides the rate it prints the CPU time of the server's processes per request and
the shortest latency: the two figures that other work on the machine hardly moves.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

import psutil
import uvloop

ROOT = Path(__file__).parents[1]
ROLE = "arn:aws:iam::000000000000:role/bench"
HANDLER = "def handler(event, context):\n    return {'ok': True}\n"
SLEEPER = "import time\n\ndef handler(event, context):\n    time.sleep(0.2)\n    return 1\n"
ECHO = "def handler(event, context):\n    return event\n"
HTTP = "def handler(event, context):\n    return {'statusCode': 200, 'body': '{}'}\n"


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) >= end + 4 + length and self.answer is not None:
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            answer, self.answer = self.answer, None
            answer.set_result((int(head[9:12]), body))

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        return self.answer


class Bench:
    def __init__(self, seconds: float, *options: str) -> None:
        self.seconds = seconds
        started = time.perf_counter()
        self.server = subprocess.Popen(
            [sys.executable, "-m", "windtunnel.cli.main", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.server.stdout.readline()
        self.ready_s = time.perf_counter() - started
        self.port = int(line.split("answers at ", 1)[1].split(",")[0].rsplit(":", 1)[1])
        self.process = psutil.Process(self.server.pid)

    def request(self, service: str, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        scope = f"AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}"]
        if service:
            lines.append(f"Authorization: {scope}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def target(self, service: str, name: str, version: str, wish: dict) -> bytes:
        body = json.dumps(wish).encode()
        return self.request(
            service, "POST", "/", body, X_Amz_Target=name, Content_Type=f"application/x-amz-json-{version}"
        )

    def cpu(self) -> float:
        processes = [self.process, *self.process.children(recursive=True)]
        total = 0.0
        for process in processes:
            try:
                times = process.cpu_times()
                total += times.user + times.system
            except psutil.Error:
                continue
        return total

    def memory_mib(self) -> float:
        found = 0
        for process in [self.process, *self.process.children(recursive=True)]:
            try:
                found += process.memory_full_info().pss
            except psutil.Error:
                continue
        return found / 2**20

    async def connect(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self.port)
        return connection

    async def rate(self, request: bytes | list[bytes], clients: int, expected: int = 200) -> dict[str, float]:
        """Closed loops of `clients` for the time given; several requests are sent in turn."""
        requests = [request] if isinstance(request, bytes) else request
        connections = [await self.connect() for _ in range(clients)]
        for connection in connections:
            status, body = await connection.ask(requests[0])
            assert status == expected, (status, body[:300])
        latencies: list[float] = []
        ends = time.perf_counter() + self.seconds

        async def loop(connection: Connection) -> None:
            while (began := time.perf_counter()) < ends:
                status, _ = await connection.ask(requests[len(latencies) % len(requests)])
                assert status == expected, status
                latencies.append(time.perf_counter() - began)

        before, began = self.cpu(), time.perf_counter()
        await asyncio.gather(*(loop(connection) for connection in connections))
        took, used = time.perf_counter() - began, self.cpu() - before
        for connection in connections:
            connection.transport.close()  # type: ignore[attr-defined]
        return {
            "per_s": len(latencies) / took,
            "p50_ms": 1000 * statistics.median(latencies),
            "min_ms": 1000 * min(latencies),
            "cpu_us": 1e6 * used / len(latencies),
        }

    async def create(self, name: str, source: str) -> None:
        connection = await self.connect()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("index.py", source)
        wish = {
            "FunctionName": name, "Role": ROLE, "Runtime": "python3.11", "Handler": "index.handler",
            "Timeout": 30,
            "Code": {"ZipFile": base64.b64encode(buffer.getvalue()).decode()},
        }  # fmt: skip
        status, body = await connection.ask(
            self.request("lambda", "POST", "/2015-03-31/functions", json.dumps(wish).encode())
        )
        assert status == 201, body
        connection.transport.close()  # type: ignore[attr-defined]

    def invoke(self, name: str) -> bytes:
        return self.request("lambda", "POST", f"/2015-03-31/functions/{name}/invocations", b'{"a":1}')

    async def cold(self, count: int) -> dict[str, float]:
        """CreateFunction to the first result, one after another."""
        connection = await self.connect()
        took = []
        for number in range(count):
            began = time.perf_counter()
            await self.create(f"cold{number}", HANDLER + f"# {number}\n")
            status, _ = await connection.ask(self.invoke(f"cold{number}"))
            assert status == 200
            took.append(time.perf_counter() - began)
        return {"p50_ms": 1000 * statistics.median(took), "min_ms": 1000 * min(took)}

    async def burst(self) -> dict[str, float]:
        await self.create("sleeper", SLEEPER)
        connections = [await self.connect() for _ in range(20)]
        began = time.perf_counter()
        answers = await asyncio.gather(*(c.ask(self.invoke("sleeper")) for c in connections))
        assert all(answer == (200, b"1") for answer in answers)
        return {"wall_ms": 1000 * (time.perf_counter() - began)}

    async def echo(self) -> dict[str, float]:
        """A mebibyte there and back."""
        await self.create("echo", ECHO)
        connection = await self.connect()
        event = json.dumps("x" * 1_048_000).encode()
        request = self.request("lambda", "POST", "/2015-03-31/functions/echo/invocations", event)
        took = []
        for _ in range(20):
            began = time.perf_counter()
            assert await connection.ask(request) == (200, event)
            took.append(time.perf_counter() - began)
        return {"p50_ms": 1000 * statistics.median(took), "min_ms": 1000 * min(took)}

    async def crowd(self) -> dict[str, float]:
        """What 180 environments at once add to the memory in use."""
        before = self.memory_mib()
        await self.create("crowd", SLEEPER.replace("0.2", "8"))
        connections = [await self.connect() for _ in range(180)]
        answers = asyncio.gather(*(c.ask(self.invoke("crowd")) for c in connections))
        await asyncio.sleep(6)
        found = {"more_pss_mib": self.memory_mib() - before}
        assert all(answer == (200, b"1") for answer in await answers)
        return found

    async def api(self) -> str:
        """An HTTP API in front of a function; the path to call."""
        import boto3

        await self.create("behind", HTTP)

        def made() -> str:
            client = boto3.client(
                "apigatewayv2", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
                aws_access_key_id="testing", aws_secret_access_key="testing",
            )  # fmt: skip
            arn = "arn:aws:lambda:us-east-1:000000000000:function:behind"
            api = client.create_api(Name="bench", ProtocolType="HTTP", Target=arn)
            return f"/_api/{api['ApiId']}/"

        return await asyncio.get_running_loop().run_in_executor(None, made)

    async def queue(self) -> tuple[bytes, bytes]:
        """Requests that send a message to a queue, and ten at once."""
        connection = await self.connect()
        await connection.ask(self.target("sqs", "AmazonSQS.CreateQueue", "1.0", {"QueueName": "bench"}))
        url = f"http://127.0.0.1:{self.port}/000000000000/bench"
        entries = [{"Id": str(number), "MessageBody": "x" * 200} for number in range(10)]
        return (
            self.target("sqs", "AmazonSQS.SendMessage", "1.0", {"QueueUrl": url, "MessageBody": "x" * 200}),
            self.target("sqs", "AmazonSQS.SendMessageBatch", "1.0", {"QueueUrl": url, "Entries": entries}),
        )

    async def queue_drain(self) -> dict[str, float]:
        """Two thousand messages of a queue to a function, ten at a time."""
        connection = await self.connect()
        wish = {"QueueName": "drained", "Attributes": {"VisibilityTimeout": "60"}}
        await connection.ask(self.target("sqs", "AmazonSQS.CreateQueue", "1.0", wish))
        url = f"http://127.0.0.1:{self.port}/000000000000/drained"
        entries = [{"Id": str(number), "MessageBody": "x" * 200} for number in range(10)]
        send = self.target("sqs", "AmazonSQS.SendMessageBatch", "1.0", {"QueueUrl": url, "Entries": entries})
        for _ in range(200):
            await connection.ask(send)
        await self.create("worker", HANDLER)
        await connection.ask(self.invoke("worker"))
        mapping = {"FunctionName": "worker", "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:drained"}
        began, used = time.time(), self.cpu()
        await connection.ask(
            self.request("lambda", "POST", "/2015-03-31/event-source-mappings/", json.dumps(mapping).encode())
        )
        batches = await self.batches("drained", 2_000)
        took = max(batch["at"] for batch in batches) - began
        return {"per_s": 2_000 / took, "cpu_us": 1e6 * (self.cpu() - used) / 2_000}

    async def batches(self, source: str, records: int) -> list[dict]:
        """What was recorded of the batches of a source, once they had so many records."""
        connection = await self.connect()
        found: list[dict] = []
        while sum(batch["fact"]["size"] for batch in found) < records:
            await asyncio.sleep(0.2)
            _, body = await connection.ask(self.request("", "GET", "/_windtunnel/facts?kind=BatchProcessed"))
            found = [entry for entry in map(json.loads, body.splitlines()) if source in entry["fact"]["source"]]
        return found

    async def topic(self) -> bytes:
        """A request that publishes to a topic with five queues."""
        connection = await self.connect()
        arn = "arn:aws:sns:us-east-1:000000000000:bench"
        await connection.ask(self.query("sns", "CreateTopic", Name="bench"))
        for number in range(5):
            queue = {"QueueName": f"of-topic-{number}"}
            await connection.ask(self.target("sqs", "AmazonSQS.CreateQueue", "1.0", queue))
            endpoint = f"arn:aws:sqs:us-east-1:000000000000:of-topic-{number}"
            await connection.ask(self.query("sns", "Subscribe", TopicArn=arn, Protocol="sqs", Endpoint=endpoint))
        return self.query("sns", "Publish", TopicArn=arn, Message="x" * 200)

    async def bus(self, rules: int) -> bytes:
        """A request that puts an event, for a queue, on the bus with this many rules; one of them matches."""
        connection = await self.connect()
        await connection.ask(self.target("sqs", "AmazonSQS.CreateQueue", "1.0", {"QueueName": "of-bus"}))
        target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:of-bus"}
        for number in range(rules):
            pattern = json.dumps(
                {"source": ["shop"], "detail-type": [f"t{number}"], "detail": {"total": [{"numeric": [">", 5]}]}}
            )
            rule = {"Name": f"r{number}", "EventPattern": pattern}
            await connection.ask(self.target("events", "AWSEvents.PutRule", "1.1", rule))
            targets = {"Rule": f"r{number}", "Targets": [target]}
            await connection.ask(self.target("events", "AWSEvents.PutTargets", "1.1", targets))
        entry = {"Source": "shop", "DetailType": "t0", "Detail": '{"total": 7}'}
        return self.target("events", "AWSEvents.PutEvents", "1.1", {"Entries": [entry]})

    async def stream(self) -> list[bytes]:
        """Requests that put records into a stream wide enough for all of them."""
        connection = await self.connect()
        created = {"StreamName": "bench", "ShardCount": 64}
        await connection.ask(self.target("kinesis", "Kinesis_20131202.CreateStream", "1.1", created))
        record = {"StreamName": "bench", "Data": base64.b64encode(b"x" * 200).decode()}
        keys = [{**record, "PartitionKey": str(number)} for number in range(997)]
        return [self.target("kinesis", "Kinesis_20131202.PutRecord", "1.1", wish) for wish in keys]

    async def drain(self) -> dict[str, float]:
        """From a stream of eight shards, a thousand records in each, to a function, a hundred at a time."""
        connection = await self.connect()
        created = {"StreamName": "drained", "ShardCount": 8}
        await connection.ask(self.target("kinesis", "Kinesis_20131202.CreateStream", "1.1", created))
        for shard in range(8):
            place = {"PartitionKey": "k", "ExplicitHashKey": str(shard * 2**125)}
            records = [{"Data": base64.b64encode(b"x" * 200).decode(), **place}] * 500
            for _ in range(2):
                wish = {"StreamName": "drained", "Records": records}
                status, body = await connection.ask(self.target("kinesis", "Kinesis_20131202.PutRecords", "1.1", wish))
                assert (status, json.loads(body)["FailedRecordCount"]) == (200, 0)
        await self.create("reader", HANDLER)
        await connection.ask(self.invoke("reader"))
        arn = "arn:aws:kinesis:us-east-1:000000000000:stream/drained"
        wish = {"FunctionName": "reader", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON"}
        began, used = time.time(), self.cpu()
        mapping = self.request("lambda", "POST", "/2015-03-31/event-source-mappings/", json.dumps(wish).encode())
        status, body = await connection.ask(mapping)
        assert status == 202, body
        batches = await self.batches("stream/drained", 8_000)
        took = max(batch["at"] for batch in batches) - began
        return {"per_s": 8_000 / took, "cpu_us": 1e6 * (self.cpu() - used) / 8_000}

    async def machine(self) -> bytes:
        """A request that starts an execution of five states."""
        connection = await self.connect()
        names = "ABCDE"
        states: dict[str, dict[str, Any]] = {
            name: {"Type": "Pass", "Next": following} for name, following in zip(names, names[1:], strict=False)
        }
        states["E"] = {"Type": "Pass", "Result": {"x": 1}, "End": True}
        wish = {
            "name": "bench", "definition": json.dumps({"StartAt": "A", "States": states}),
            "roleArn": "arn:aws:iam::000000000000:role/bench",
        }  # fmt: skip
        status, body = await connection.ask(self.target("states", "AWSStepFunctions.CreateStateMachine", "1.0", wish))
        assert status == 200, body
        start = {"stateMachineArn": json.loads(body)["stateMachineArn"], "input": '{"order": 7}'}
        return self.target("states", "AWSStepFunctions.StartExecution", "1.0", start)

    async def table(self) -> tuple[bytes, bytes]:
        """Requests that put an item into a table and get it."""
        connection = await self.connect()
        table = {
            "TableName": "bench", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }  # fmt: skip
        await connection.ask(self.target("dynamodb", "DynamoDB_20120810.CreateTable", "1.0", table))
        key = {"id": {"S": "order-1"}}
        put = {"TableName": "bench", "Item": {**key, "body": {"S": "x" * 200}, "total": {"N": "12.5"}}}
        get = {"TableName": "bench", "Key": key}
        return (
            self.target("dynamodb", "DynamoDB_20120810.PutItem", "1.0", put),
            self.target("dynamodb", "DynamoDB_20120810.GetItem", "1.0", get),
        )

    def query(self, service: str, action: str, **wish: str) -> bytes:
        body = urllib.parse.urlencode({"Action": action, "Version": "2010-03-31", **wish}).encode()
        return self.request(service, "POST", "/", body, content_type="application/x-www-form-urlencoded")

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)


async def measured(bench: Bench) -> dict[str, dict[str, float]]:
    found = {"start": {"first_answer_s": bench.ready_s}, "idle": {"pss_mib": bench.memory_mib()}}
    send, batch = await bench.queue()
    found["sqs send, 1 client"] = await bench.rate(send, 1)
    found["sqs send, 8 clients"] = await bench.rate(send, 8)
    tenfold = await bench.rate(batch, 8)
    found["sqs messages in tens, 8 clients"] = {**tenfold, "messages_per_s": 10 * tenfold["per_s"]}
    found["sqs to function, drain"] = await bench.queue_drain()
    found["sns to 5 queues, 8 clients"] = await bench.rate(await bench.topic(), 8)
    for rules in (1, 100):
        found[f"events put, {rules} rules, 8 clients"] = await bench.rate(await bench.bus(rules), 8)
    found["step functions, 5 states, 8 clients"] = await bench.rate(await bench.machine(), 8)
    found["kinesis put, 8 clients"] = await bench.rate(await bench.stream(), 8)
    found["kinesis to function, drain"] = await bench.drain()

    put, get = await bench.table()
    found["dynamodb put, 8 clients"] = await bench.rate(put, 8)
    found["dynamodb get, 8 clients"] = await bench.rate(get, 8)
    found["create to first result"] = await bench.cold(12)
    await bench.create("fn", HANDLER)
    found["warm invoke, 1 client"] = await bench.rate(bench.invoke("fn"), 1)
    found["warm invoke, 8 clients"] = await bench.rate(bench.invoke("fn"), 8)
    found["burst of 20, 200 ms each"] = await bench.burst()
    found["echo of 1 MiB"] = await bench.echo()
    found["180 environments"] = await bench.crowd()
    path = await bench.api()
    found["http api to function, 8 clients"] = await bench.rate(bench.request("", "GET", path), 8)
    found["after the run"] = {"pss_mib": bench.memory_mib()}
    return found


async def durable(bench: Bench) -> dict[str, dict[str, float]]:
    """Sends that are answered when they are stored."""
    send, _ = await bench.queue()
    return {"sqs send, stored, 32 clients": await bench.rate(send, 32)}


def checks() -> dict[str, dict[str, float]]:
    """The main job as a whole process."""
    found = {}
    for name, extra in (("check examples/orders", []), ("check --static examples/orders", ["--static"])):
        began = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "windtunnel.cli.main",
            "check",
            "-q",
            *extra,
            str(ROOT / "examples" / "orders"),
        ]
        subprocess.run(command, check=True, capture_output=True)
        found[name] = {"wall_s": time.perf_counter() - began}
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=2.0, help="length of each closed loop")
    arguments.add_argument("--json", action="store_true", help="print JSON")
    chosen = arguments.parse_args()
    bench = Bench(chosen.seconds)
    guard = threading.Timer(240, bench.server.kill)
    guard.start()
    try:
        found = uvloop.run(measured(bench))
    finally:
        guard.cancel()
        bench.stop()
    with tempfile.TemporaryDirectory() as folder:
        stored = Bench(chosen.seconds, "--data", folder)
        try:
            found |= uvloop.run(durable(stored))
        finally:
            stored.stop()
    found |= checks()
    if chosen.json:
        print(json.dumps({"cpus": os.cpu_count(), "load": os.getloadavg()[0], **found}, indent=2))
        return
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    for name, figures in found.items():
        print(f"{name:<34}" + "  ".join(f"{key} {value:,.2f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
