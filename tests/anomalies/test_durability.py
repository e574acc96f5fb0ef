"""Acknowledged means stored: whatever happens to the process, nothing that a client was told is missing."""

import asyncio
import threading

import pytest
from botocore.exceptions import ClientError

from tests.anomalies.serving import Serving
from windtunnel.kernel.journal import NotStored
from windtunnel.kernel.journal.memory import MemoryJournal
from windtunnel.testing import RunningCloud


def everything_in(sqs, url):
    found = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found |= {message["Body"] for message in messages}
    return found


def test_nothing_acknowledged_is_missing_after_a_kill_under_load(tmp_path):
    data = str(tmp_path / "data")
    serving = Serving(data)
    url = serving.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    acknowledged: set[str] = set()
    many = threading.Event()

    def send(worker):
        sqs = serving.client("sqs")
        for number in range(100_000):
            body = f"{worker}-{number}"
            try:
                sqs.send_message(QueueUrl=url, MessageBody=body)
            except Exception:
                return
            acknowledged.add(body)
            if len(acknowledged) > 300:
                many.set()

    workers = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    assert many.wait(60)
    serving.kill()
    for worker in workers:
        worker.join()

    again = Serving(data)
    found = everything_in(again.client("sqs"), again.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"])
    assert again.stop() == 0
    assert not acknowledged - found
    assert len(found - acknowledged) <= 4, "only what was under way may be there without an answer"


def test_a_stopped_cloud_takes_up_where_it_was(tmp_path):
    first = Serving(str(tmp_path))
    first.client("sqs").create_queue(QueueName="jobs", Attributes={"DelaySeconds": "7"})
    assert first.stop() == 0

    second = Serving(str(tmp_path))
    attributes = second.client("sqs").get_queue_attributes(
        QueueUrl=second.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"], AttributeNames=["DelaySeconds"]
    )
    assert second.health()["status"] == "running"
    second.stop()

    assert attributes["Attributes"] == {"DelaySeconds": "7"}


def test_a_data_folder_in_use_is_refused_in_one_sentence(tmp_path):
    first = Serving(str(tmp_path))

    with pytest.raises(RuntimeError, match="is in use by another cloud"):
        Serving(str(tmp_path))
    first.stop()


class Failing(MemoryJournal):
    """Fails the n-th step and every one after it until it is mended."""

    def __init__(self, fails_at: int) -> None:
        super().__init__()
        self.left = fails_at
        self.mended = False

    def append(self, changes):
        self.left -= 1
        if self.left <= 0 and not self.mended:
            raise NotStored("The disk is full.")
        return super().append(changes)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_write_that_fails_is_answered_as_unavailable_and_undone(nth):
    journal = Failing(nth)
    with RunningCloud(journal=journal) as cloud:
        sqs = cloud.client("sqs")
        done = []
        with pytest.raises(ClientError) as failing:
            for number in range(10):
                sqs.create_queue(QueueName=f"q{number}")
                done.append(f"q{number}")

        assert failing.value.response["Error"]["Code"] in ("ServiceUnavailable", "503")
        assert failing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert [url.rsplit("/", 1)[1] for url in sqs.list_queues().get("QueueUrls", [])] == done
        journal.mended = True
        sqs.create_queue(QueueName="after")
        assert len(sqs.list_queues()["QueueUrls"]) == len(done) + 1


def test_a_late_failure_of_the_disk_is_answered_as_unavailable():
    class Late(MemoryJournal):
        def append(self, changes):
            super().append(changes)
            ticket = asyncio.get_running_loop().create_future()
            ticket.set_exception(NotStored("The disk is full."))
            return ticket

    with RunningCloud(journal=Late()) as cloud, pytest.raises(ClientError) as failing:
        cloud.client("sqs").create_queue(QueueName="jobs")

    assert failing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_pending_retry_survives_a_restart(tmp_path):
    """An event that waits for its second attempt is attempted by the next process."""
    from tests.services.lambda_.functions import FAIL, create
    from windtunnel.kernel.journal.sqlite import SqliteJournal
    from windtunnel.kernel.settings import Settings

    settings = Settings(data=str(tmp_path))
    with RunningCloud(settings, journal=SqliteJournal(tmp_path)) as cloud:
        create(cloud, FAIL)
        cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event")
        cloud.settle()
        assert len(cloud.records("Invoked")) == 1

    with RunningCloud(settings, journal=SqliteJournal(tmp_path)) as cloud:
        cloud.advance(minutes=4)

        assert len(cloud.records("Invoked")) == 2
        assert len(cloud.records("EventLost")) == 1
