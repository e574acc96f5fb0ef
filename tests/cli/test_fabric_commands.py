"""The commands about events of a running cloud: faults, events, dlq, send, replay."""

import json

import pytest
from click.testing import CliRunner

from tests.services.sns.topics import queue, subscribed, topic
from windtunnel.cli.main import main


@pytest.fixture
def run(cloud):
    """Runs a command against the cloud of the test."""
    endpoint = cloud.listen()

    def run(name, *arguments, code=0):
        shown = CliRunner().invoke(main, [name, "--endpoint", endpoint, *arguments])
        assert shown.exit_code == code, shown.output
        return shown.output

    return run


def test_faults_are_added_listed_and_ended(cloud, run):
    url, _ = queue(cloud, "jobs")

    added = run("faults", "add", "refuse", "--service", "sqs", "--operation", "Send*", "--count", "1")
    with pytest.raises(Exception, match="A fault refuses the call"):
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    listed = run("faults")
    run("faults", "end")

    assert "refuse  sqs:Send*  count=1  struck 0 times" in added
    assert "struck 1 times" in listed
    assert run("faults") == "There are no faults.\n"
    assert json.loads(run("faults", "--json")) == []


def test_a_fault_is_ended_by_its_id(run):
    first = run("faults", "add", "throttle").split()[0]
    second = run("faults", "add", "duplicate").split()[0]

    run("faults", "end", first)

    assert [fault["id"] for fault in json.loads(run("faults", "--json"))] == [second]
    assert f"There is no fault {first}" in run("faults", "end", first, code=3)


def test_a_fault_that_cannot_be_meant_is_one_sentence(run):
    assert "seconds must be given for delay" in run("faults", "add", "delay", code=3)


def test_a_page_of_another_site_cannot_add_faults(cloud):
    import urllib.error
    import urllib.request

    request = urllib.request.Request(f"{cloud.listen()}/_windtunnel/faults", b'{"kind": "refuse"}', method="POST")
    request.add_header("Content-Type", "text/plain")

    with pytest.raises(urllib.error.HTTPError, match="415"):
        urllib.request.urlopen(request)


def test_events_shows_what_flowed_where(cloud, run):
    arn = topic(cloud)
    url = subscribed(cloud, arn, "jobs")
    cloud.client("sns").publish(TopicArn=arn, Message="hello")
    cloud.client("sqs").receive_message(QueueUrl=url)

    shown = run("events", "--no-follow")

    for words in ("published      → orders", "notified       orders → jobs", "received       ← jobs"):
        assert words in shown


def test_events_says_when_no_rule_wants_an_event(cloud, run):
    run("send", "event", "{}", "--source", "shop", "--type", "Placed")

    assert "rules=none that matches" in run("events", "--no-follow")


def test_events_are_chosen_by_kind_text_and_failure(cloud, run):
    jobs, _ = queue(cloud, "jobs")
    other, _ = queue(cloud, "other")
    for url in (jobs, other):
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    kinds = [
        json.loads(line)["kind"] for line in run("events", "--no-follow", "--json", "--match", "jobs").splitlines()
    ]

    assert kinds == ["MessageSent"]
    assert run("events", "--no-follow", "--failed") == ""
    assert run("events", "--no-follow", "--kind", "MessageDeleted") == ""
    assert "Known are:" in run("events", "--kind", "Nonsense", code=2)


def test_every_kind_that_events_shows_exists():
    from windtunnel.cli.flow_lines import FLOW
    from windtunnel.kernel.recorder import Fact

    def kinds(of):
        for each in of.__subclasses__():
            yield each.__name__, set(each.__struct_fields__)
            yield from kinds(each)

    import importlib
    import pkgutil

    import windtunnel

    for module in pkgutil.walk_packages(windtunnel.__path__, "windtunnel."):
        if module.name.endswith(".facts") or module.name.startswith("windtunnel.fabric"):
            importlib.import_module(module.name)
    known = dict(kinds(Fact))
    wrong = {kind: ends for kind, (_, *ends, _) in FLOW.items() if not {e for e in ends if e} <= known.get(kind, set())}
    assert not wrong


def test_send_puts_messages_notifications_and_events_where_they_are_named(cloud, run, tmp_path):
    from tests.services.events.events import arrived, ruled

    jobs, _ = queue(cloud, "jobs")
    notified = subscribed(cloud, topic(cloud), "notified", {"RawMessageDelivery": "true"})
    matched = ruled(cloud, pattern={"source": ["shop"]})
    whole = tmp_path / "event.json"
    whole.write_text(json.dumps({"source": "shop", "detail-type": "Paid", "detail": {"n": 2}, "id": "x"}))

    run("send", "message", "jobs", "job 7", "--attribute", "kind=tea")
    run("send", "notification", "orders", "news")
    run("send", "event", '{"n": 1}', "--source", "shop", "--type", "Placed")
    run("send", "event", "--file", str(whole))

    sqs = cloud.client("sqs")
    [message] = sqs.receive_message(QueueUrl=jobs, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]["kind"]["StringValue"]) == ("job 7", "tea")
    assert sqs.receive_message(QueueUrl=notified)["Messages"][0]["Body"] == "news"
    assert [(e["detail-type"], e["detail"]) for e in arrived(cloud, matched)] == [
        ("Placed", {"n": 1}),
        ("Paid", {"n": 2}),
    ]


def test_send_says_what_is_missing(cloud, run):
    queue(cloud, "jobs")

    assert "There is no queue job. Known at" in run("send", "message", "job", "x", code=3)
    assert "one of the two" in run("send", "message", "jobs", code=3)
    assert "needs --source and --type" in run("send", "event", "{}", code=3)
    assert "not JSON" in run("send", "event", "{", code=3)
    assert "There is no sample s3" in run("send", "sample", "s3", code=3)


def test_samples_are_listed_printed_and_sent_to_a_function(cloud, run):
    from tests.services.lambda_.functions import ECHO, create

    create(cloud, ECHO)
    names = json.loads(run("send", "samples", "--json"))

    assert len(names) > 20
    for name in names:
        event = json.loads(run("send", "sample", name))
        assert json.loads(run("send", "sample", name, "fn")) == event
    assert "an object was put into a bucket" in run("send", "samples")


def dead_lettered(cloud):
    """A queue with one letter that its consumer failed twice."""
    dead, arn = queue(cloud, "dead")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url, _ = queue(cloud, "jobs", VisibilityTimeout=1, RedrivePolicy=policy)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="job 7")
    cloud.client("sqs").receive_message(QueueUrl=url)
    cloud.advance(seconds=2)
    assert not cloud.client("sqs").receive_message(QueueUrl=url).get("Messages")
    return url, dead


def test_dlq_lists_queues_with_their_letters_and_sources(cloud, run):
    from tests.services.lambda_.functions import FAIL, create

    assert "Nothing names a dead-letter queue." in run("dlq", "ls")
    dead_lettered(cloud)
    arn = queue(cloud, "failed")[1]
    create(cloud, FAIL, DeadLetterConfig={"TargetArn": arn})

    listed = json.loads(run("dlq", "ls", "--json", code=1))

    assert listed == [
        {"queue": "dead", "letters": 1, "of": ["queue jobs"]},
        {"queue": "failed", "letters": 0, "of": ["function fn"]},
    ]
    assert "dead  of queue jobs" in run("dlq", "ls", code=1)


def test_dlq_shows_letters_and_leaves_them(cloud, run):
    dead_lettered(cloud)

    shown = run("dlq", "show", "dead")

    assert "from jobs" in shown and "job 7" in shown
    assert shown == run("dlq", "show", "dead")


def test_dlq_redrives_a_letter_to_its_queue(cloud, run):
    url, _ = dead_lettered(cloud)

    assert "→ arn:aws:sqs:us-east-1:000000000000:jobs" in run("dlq", "redrive", "dead")

    assert cloud.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "job 7"
    assert run("dlq", "show", "dead") == ""


def test_dlq_redrives_a_failed_event_to_its_function(cloud, run):
    from tests.services.lambda_.functions import FAIL, create, package

    url, arn = queue(cloud, "failed")
    create(cloud, FAIL, DeadLetterConfig={"TargetArn": arn})
    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload='{"n": 7}')
    cloud.advance(minutes=10)
    mended = package(index="def handler(event, context):\n    print('GOT', event)\n")
    cloud.client("lambda").update_function_code(FunctionName="fn", ZipFile=mended)

    run("dlq", "redrive", "failed")
    cloud.settle()

    events = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/fn")["events"]
    assert any("GOT {'n': 7}" in event["message"] for event in events)
    assert not cloud.client("sqs").receive_message(QueueUrl=url).get("Messages")


def test_dlq_redrives_to_another_target_and_only_what_is_chosen(cloud, run):
    _, dead = dead_lettered(cloud)
    other, _ = queue(cloud, "other")
    cloud.client("sqs").send_message(QueueUrl=dead, MessageBody="stays")
    chosen = json.loads(run("dlq", "show", "dead", "--json").splitlines()[0])["MessageId"]

    run("dlq", "redrive", "dead", "--to", "other", "--id", chosen)

    assert cloud.client("sqs").receive_message(QueueUrl=other)["Messages"][0]["Body"] == "job 7"
    assert "stays" in run("dlq", "show", "dead")


def test_dlq_asks_where_a_letter_goes_that_does_not_say(cloud, run):
    url, _ = queue(cloud, "orphans")
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    assert "Name the target: --to" in run("dlq", "redrive", "orphans", code=3)


def test_dlq_purges_a_queue(cloud, run):
    dead_lettered(cloud)

    run("dlq", "purge", "dead", "--yes")

    assert run("dlq", "show", "dead") == ""


def test_dlq_redrives_letters_of_a_fifo_queue_in_their_order(cloud, run):
    dead, arn = queue(cloud, "dead.fifo", FifoQueue="true")
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url, _ = queue(cloud, "jobs.fifo", FifoQueue="true", RedrivePolicy=policy, ContentBasedDeduplication="true")
    sqs = cloud.client("sqs")
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    assert not sqs.receive_message(QueueUrl=url).get("Messages")
    cloud.advance(minutes=6)

    run("dlq", "redrive", "dead.fifo")

    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == ["a", "b"]
    assert run("dlq", "show", "dead.fifo") == ""


def test_faults_of_an_application_are_read_from_its_settings(tmp_path):
    from windtunnel.cli.applications import faults_in
    from windtunnel.cli.main import Problem
    from windtunnel.lens.settings import app_settings

    (tmp_path / "windtunnel.toml").write_text('[[faults]]\nkind = "throttle"\nservice = "sqs"\nprobability = 0.5\n')
    [fault] = faults_in(app_settings(tmp_path))
    assert (fault.kind, fault.service, fault.probability) == ("throttle", "sqs", 0.5)

    (tmp_path / "windtunnel.toml").write_text('[[faults]]\nkind = "explode"\n')
    with pytest.raises(Problem, match="fault 1: Invalid enum value 'explode'"):
        faults_in(app_settings(tmp_path))


def test_replay_brings_the_events_of_an_archive_again(cloud, run):
    from tests.services.events.events import arrived, put, ruled
    from tests.services.events.test_archives import archived

    url = ruled(cloud)
    archived(cloud)
    put(cloud)
    put(cloud)
    assert len(arrived(cloud, url)) == 2

    assert "2 events of all replayed as all-1." in run("replay", "archive", "all")
    assert len(arrived(cloud, url)) == 2
    assert "0 events of all" in run("replay", "archive", "all", "--until", "2001-01-01")
    assert "Archive none does not exist" in run("replay", "archive", "none", code=3)


def test_replay_makes_a_delivery_of_lately_again(cloud, run):
    from tests.services.events.events import arrived, put, ruled
    from tests.services.lambda_.functions import ECHO, create

    url = ruled(cloud)
    put(cloud)
    notified = subscribed(cloud, topic(cloud), "notified")
    cloud.client("sns").publish(TopicArn="arn:aws:sns:us-east-1:000000000000:orders", Message="news")
    create(cloud, ECHO)
    cloud.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload="{}")
    cloud.settle()

    listed = json.loads(run("replay", "deliveries", "--json"))["over"]
    assert [each["service"] for each in listed] == ["events", "sns", "lambda"]
    assert "events → orders" in run("replay", "deliveries", "--match", "orders")
    for each in listed:
        assert each["target"] in run("replay", "delivery", each["id"])
    cloud.settle()

    assert len(arrived(cloud, url)) == 2
    assert len(cloud.client("sqs").receive_message(QueueUrl=notified, MaxNumberOfMessages=10)["Messages"]) == 2
    assert len(cloud.records("Invoked")) == 2
    assert "There is no delivery x" in run("replay", "delivery", "x", code=3)


def test_replay_lists_what_waits(cloud, run):
    arn = topic(cloud)
    subscribed(cloud, arn, "jobs")
    with cloud.fault("refuse", service="sqs", operation="SendMessage"):
        cloud.client("sns").publish(TopicArn=arn, Message="news")
        cloud.settle()

        [waiting] = json.loads(run("replay", "deliveries", "--json"))["waiting"]

        assert waiting["target"].endswith(":jobs") and waiting["attempts"] > 1
        assert "due" in run("replay", "deliveries")


def test_the_kinds_of_faults_are_those_that_there_are():
    """The command lists them itself, so that its help loads nothing."""
    from windtunnel.cli.commands import faults as command
    from windtunnel.fabric import faults

    assert command.KINDS == faults.KINDS
