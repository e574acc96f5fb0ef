"""`make soak`: minutes of mixed load with faults, while the server is killed again and again; then everything is counted.

    producers ─► SQS, FIFO, SNS, EventBridge, streams, Invoke ─► queues, functions ─► consumers
                        faults strike; kill -9, start again, …

Every acknowledged message must come out at least once, or be in its dead-letter queue; those of a FIFO queue in the order of their
group, and once for each deduplication id; the memory of the server must not grow. Exit code 1 when anything of it does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psutil

ROLE = "arn:aws:iam::000000000000:role/soak"
ARN = "arn:aws:{}:us-east-1:000000000000:{}"
VISIBILITY_S = 4
LOSES = 0.1
"""How many messages a consumer receives and does not delete, as if it had died."""
POISONED = 0.03
"""How many events make their function fail every time."""
WORKER = """
import json, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    failed = []
    for record in event["Records"]:
        body = record.get("body") or __import__("base64").b64decode(record["kinesis"]["data"]).decode()
        if body.endswith("!"):
            failed.append({"itemIdentifier": record.get("messageId") or record["kinesis"]["sequenceNumber"]})
            continue
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="done")["QueueUrl"], MessageBody=body)
    return {"batchItemFailures": failed}
"""
ASYNC = """
def handler(event, context):
    if event["id"].endswith("!"):
        raise ValueError("poison")
    return event
"""
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "throttle", "service": "sqs", "operation": "SendMessage*", "probability": 0.03},
    {"kind": "lost-answer", "service": "sqs", "operation": "SendMessage", "probability": 0.02},
    {"kind": "error", "service": "sqs", "operation": "ReceiveMessage", "probability": 0.02},
    {"kind": "refuse", "service": "lambda", "operation": "Invoke", "probability": 0.03},
    {"kind": "duplicate", "service": "sqs", "operation": "SendMessage", "resource": "jobs", "probability": 0.02},
    {"kind": "delay", "service": "sns", "operation": "Publish", "probability": 0.02, "seconds": 0.2},
    {"kind": "reorder", "service": "sqs", "operation": "ReceiveMessage", "resource": "jobs", "probability": 0.1},
)


class Server:
    """`windtunnel serve` over one data folder and port, through all its deaths."""

    def __init__(self, data: str) -> None:
        self._data = data
        self.port = 0
        self.kills = 0
        self.memory: list[int] = []
        self._start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _start(self) -> None:
        command = [sys.executable, "-m", "windtunnel.cli.main", "serve", "--port", str(self.port), "--data", self._data]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        self.port = int(line.rsplit(":", 1)[1].split(",")[0].split("/")[0].strip().rstrip("."))

    def kill(self) -> None:
        self.measure()
        self._process.kill()
        self._process.communicate()
        self.kills += 1
        self._start()

    def measure(self) -> None:
        with contextlib.suppress(psutil.Error):
            self.memory.append(psutil.Process(self._process.pid).memory_full_info().pss)

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def add_faults(self, seed: int) -> None:
        for number, fault in enumerate(FAULTS):
            body = json.dumps({**fault, "seed": seed + number}).encode()
            request = urllib.request.Request(
                f"{self.endpoint}/_windtunnel/faults", body, {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request, timeout=10).read()

    def end_faults(self) -> None:
        urllib.request.urlopen(
            urllib.request.Request(f"{self.endpoint}/_windtunnel/faults", method="DELETE"), timeout=10
        ).read()


class Ledger:
    """What was acknowledged, what came out, and in which order."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sent: dict[str, set[str]] = defaultdict(set)
        self.came: dict[str, set[str]] = defaultdict(set)
        self.ordered: dict[str, list[int]] = defaultdict(list)
        self.refused = 0

    def acknowledge(self, way: str, id: str) -> None:
        with self.lock:
            self.sent[way].add(id)

    def refuse(self) -> None:
        with self.lock:
            self.refused += 1

    def arrive(self, id: str) -> None:
        with self.lock:
            self.came[id.partition("-")[0]].add(id)

    def arrive_in_order(self, group: str, number: int) -> None:
        with self.lock:
            self.ordered[group].append(number)

    def missing(self) -> dict[str, set[str]]:
        with self.lock:
            return {way: ids - self.came[way] for way, ids in self.sent.items() if ids - self.came[way]}

    def disorders(self) -> list[str]:
        """Groups of the FIFO queue whose messages were not processed in their order, each once."""
        with self.lock:
            return [group for group, numbers in self.ordered.items() if numbers != sorted(set(numbers))]


class Soak:
    def __init__(self, server: Server, seed: int, pause_s: float) -> None:
        self.server = server
        self.ledger = Ledger()
        self.producing = threading.Event()
        self.consuming = threading.Event()
        self.producing.set()
        self.consuming.set()
        self._seed = seed
        self._pause_s = pause_s
        self._threads: list[threading.Thread] = []
        self._urls: dict[str, str] = {}

    def client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            service, endpoint_url=self.server.endpoint, region_name="us-east-1", aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=8),
        )  # fmt: skip

    def build(self) -> None:
        """The application that is soaked."""
        sqs, sns, events = self.client("sqs"), self.client("sns"), self.client("events")
        functions, kinesis = self.client("lambda"), self.client("kinesis")
        for name in ("dead", "done", "told", "raw", "matched", "failed", "succeeded"):
            self._queue(sqs, name)
        redrive = json.dumps({"deadLetterTargetArn": ARN.format("sqs", "dead"), "maxReceiveCount": 5})
        for name in ("jobs", "work"):
            self._queue(sqs, name, RedrivePolicy=redrive)
        self._queue(sqs, "order.fifo", FifoQueue="true")
        topic = sns.create_topic(Name="news")["TopicArn"]
        for name, raw in (("told", "false"), ("raw", "true")):
            attributes = {"RawMessageDelivery": raw}
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=ARN.format("sqs", name), Attributes=attributes)
        events.put_rule(Name="all", EventPattern='{"source": ["soak"]}')
        events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": ARN.format("sqs", "matched")}])
        kinesis.create_stream(StreamName="flow", ShardCount=2)
        self._function(functions, "worker", WORKER)
        # A batch of a hundred takes seconds on a busy machine, and one that times out is tried again for ever.
        self._function(functions, "reader", WORKER, Timeout=60)
        self._function(functions, "background", ASYNC, DeadLetterConfig={"TargetArn": ARN.format("sqs", "failed")})
        destinations = {"OnSuccess": {"Destination": ARN.format("sqs", "succeeded")}}
        functions.put_function_event_invoke_config(
            FunctionName="background", DestinationConfig=destinations, MaximumRetryAttempts=0
        )
        partial = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
        functions.create_event_source_mapping(
            FunctionName="worker", EventSourceArn=ARN.format("sqs", "work"), **partial
        )
        functions.create_event_source_mapping(
            FunctionName="reader", EventSourceArn=ARN.format("kinesis", "stream/flow"), StartingPosition="TRIM_HORIZON", **partial
        )  # fmt: skip

    def _queue(self, sqs: Any, name: str, **attributes: str) -> None:
        wish = {"VisibilityTimeout": str(VISIBILITY_S), **attributes}
        self._urls[name] = sqs.create_queue(QueueName=name, Attributes=wish)["QueueUrl"]

    def _function(self, client: Any, name: str, source: str, **more: Any) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("index.py", source)
        client.create_function(
            FunctionName=name, Runtime="python3.13", Handler="index.handler", Role=ROLE, Code={"ZipFile": buffer.getvalue()},
            **{"Timeout": 3, **more},
        )  # fmt: skip

    def begin(self) -> None:
        for produce in (self._sqs, self._work, self._fifo, self._sns, self._events, self._kinesis, self._async):
            self._thread(self._produce, produce)
        for queue, read in (
            ("jobs", str), ("done", str), ("dead", str), ("raw", str), ("told", _notification), ("matched", _event),
            ("succeeded", _record), ("failed", _failed),
        ):  # fmt: skip
            self._thread(self._consume, queue, read)
        self._thread(self._consume_in_order)

    def _thread(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    # Producers: each sends ids `way-number`; an error means that it is not acknowledged.

    def _produce(self, send: Callable[[str], tuple[str, Callable[[Any], None]]]) -> None:
        way = send.__name__.strip("_")
        chance = random.Random(f"{self._seed} {way}")  # noqa: S311
        number = 0
        client: Any = None
        while self.producing.is_set():
            number += 1
            poison = "!" if way in ("work", "async") and chance.random() < POISONED else ""
            id = f"{way}-{number}{poison}"
            service, call = send(id)
            try:
                client = client or self.client(service)
                call(client)
            except Exception:
                self.ledger.refuse()
                client = None
                time.sleep(0.05)
                continue
            self.ledger.acknowledge(way, id)
            time.sleep(self._pause_s)

    def _sqs(self, id: str) -> tuple[str, Callable[[Any], None]]:
        return "sqs", lambda sqs: sqs.send_message(QueueUrl=self._urls["jobs"], MessageBody=id)

    def _work(self, id: str) -> tuple[str, Callable[[Any], None]]:
        return "sqs", lambda sqs: sqs.send_message(QueueUrl=self._urls["work"], MessageBody=id)

    def _fifo(self, id: str) -> tuple[str, Callable[[Any], None]]:
        """Each message is sent until it is acknowledged, and every third once more: its deduplication id is the same."""
        number = int(id.partition("-")[2])
        wish = {"MessageBody": id, "MessageGroupId": f"g{number % 5}", "MessageDeduplicationId": id}

        def send(sqs: Any) -> None:
            while True:
                with contextlib.suppress(Exception):
                    for _ in range(2 if number % 3 == 0 else 1):
                        sqs.send_message(QueueUrl=self._urls["order.fifo"], **wish)
                    return
                if not self.producing.is_set():
                    raise RuntimeError("over")
                time.sleep(0.05)

        return "sqs", send

    def _sns(self, id: str) -> tuple[str, Callable[[Any], None]]:
        return "sns", lambda sns: sns.publish(TopicArn=ARN.format("sns", "news"), Message=id)

    def _events(self, id: str) -> tuple[str, Callable[[Any], None]]:
        entry = {"Source": "soak", "DetailType": "Tick", "Detail": json.dumps({"id": id})}
        return "events", lambda events: _put(events, entry)

    def _kinesis(self, id: str) -> tuple[str, Callable[[Any], None]]:
        return "kinesis", lambda kinesis: kinesis.put_record(StreamName="flow", Data=id.encode(), PartitionKey=id)

    def _async(self, id: str) -> tuple[str, Callable[[Any], None]]:
        payload = json.dumps({"id": id})
        return "lambda", lambda client: client.invoke(
            FunctionName="background", InvocationType="Event", Payload=payload
        )

    # Consumers

    def _consume(self, queue: str, read: Callable[[str], str]) -> None:
        chance = random.Random(f"{self._seed} {queue}")  # noqa: S311
        for sqs, message in self._received(queue):
            if self.producing.is_set() and chance.random() < LOSES and queue != "dead":
                continue
            id = read(message["Body"])
            self.ledger.arrive(f"{id}@{queue}" if id.startswith("sns-") else id)
            with contextlib.suppress(Exception):
                sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=message["ReceiptHandle"])

    def _consume_in_order(self) -> None:
        """A message is done when it was seen to be deleted; when the server died meanwhile, it may come again."""
        for sqs, message in self._received("order.fifo"):
            self.ledger.arrive(message["Body"])
            with contextlib.suppress(Exception):
                sqs.delete_message(QueueUrl=self._urls["order.fifo"], ReceiptHandle=message["ReceiptHandle"])
                number = int(message["Body"].partition("-")[2])
                self.ledger.arrive_in_order(f"g{number % 5}", number)

    def _received(self, queue: str) -> Any:
        sqs: Any = None
        while self.consuming.is_set():
            try:
                sqs = sqs or self.client("sqs")
                answer = sqs.receive_message(QueueUrl=self._urls[queue], MaxNumberOfMessages=10, WaitTimeSeconds=1)
            except Exception:
                sqs = None
                time.sleep(0.05)
                continue
            for message in answer.get("Messages", ()):
                yield sqs, message

    def expected(self) -> dict[str, set[str]]:
        """What is missing, where a publication must have come to both of its queues."""
        missing = self.ledger.missing()
        with self.ledger.lock:
            twice = {f"{id}@{queue}" for id in self.ledger.sent["sns"] for queue in ("told", "raw")}
            lost = twice - self.ledger.came["sns"]
        missing.pop("sns", None)
        return {**missing, **({"sns": lost} if lost else {})}

    def end(self) -> None:
        self.consuming.clear()
        for thread in self._threads:
            thread.join(15)


def _put(events: Any, entry: dict[str, Any]) -> None:
    answer = events.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError("refused")


def _notification(body: str) -> str:
    return str(json.loads(body)["Message"])


def _event(body: str) -> str:
    return str(json.loads(body)["detail"]["id"])


def _record(body: str) -> str:
    return str(json.loads(body)["requestPayload"]["id"])


def _failed(body: str) -> str:
    return str(json.loads(body)["id"])


def run(minutes: float, kills: int, seed: int, pause_s: float = 0.02, say: Callable[[str], None] = print) -> bool:
    """Whether everything held."""
    data = tempfile.mkdtemp(prefix="soak-")
    server = Server(data)
    soak = Soak(server, seed, pause_s)
    try:
        soak.build()
        soak.begin()
        server.add_faults(seed)
        for number in range(kills):
            time.sleep(60 * minutes / (kills + 1))
            server.kill()
            server.add_faults(seed + 100 * (number + 1))
            sent = sum(map(len, soak.ledger.sent.values()))
            say(
                f"killed {server.kills} times; {sent} acknowledged, {soak.ledger.refused} refused; {server.memory[-1] / 2**20:.0f} MiB"
            )
        time.sleep(60 * minutes / (kills + 1))
        soak.producing.clear()
        server.end_faults()
        until = time.monotonic() + 120
        while (missing := soak.expected()) and time.monotonic() < until:
            time.sleep(1)
        server.measure()
        soak.end()
        return _verdict(soak, server, missing, say)
    finally:
        soak.producing.clear()
        soak.consuming.clear()
        server.stop()
        shutil.rmtree(data, ignore_errors=True)


def _verdict(soak: Soak, server: Server, missing: dict[str, set[str]], say: Callable[[str], None]) -> bool:
    counts = ", ".join(f"{way} {len(ids)}" for way, ids in sorted(soak.ledger.sent.items()))
    say(f"acknowledged: {counts}; refused: {soak.ledger.refused}; killed: {server.kills}")
    for way, ids in missing.items():
        say(f"LOST {way}: {len(ids)}, such as {sorted(ids)[:3]}")
    disorders = soak.ledger.disorders()
    for group in disorders:
        numbers = soak.ledger.ordered[group]
        wrong = next((at for at in range(1, len(numbers)) if numbers[at] <= numbers[at - 1]), 0)
        say(f"OUT OF ORDER {group}: {numbers[max(0, wrong - 3) : wrong + 3]}")
    memory = [size / 2**20 for size in server.memory]
    say(f"memory before each death, in MiB: {' '.join(f'{size:.0f}' for size in memory)}")
    held = not missing and not disorders
    say("everything held" if held else "NOT everything held")
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    sys.exit(0 if run(wish.minutes, wish.kills, wish.seed) else 1)


if __name__ == "__main__":
    main()
