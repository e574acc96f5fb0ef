"""FIFO queues: the order of groups, whatever their number and depth, and after a restart."""

import random

import pytest

from windtunnel.services.sqs.groups import Groups
from windtunnel.services.sqs.records import Message


def made(cloud, name="jobs.fifo"):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "30"}
    return cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def send(cloud, url, *bodies):
    """`g1:a` is the body in group g1."""
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body.partition(":")[0])


def take(cloud, url, limit=10):
    answer = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=limit)
    return [(m["Body"], m["ReceiptHandle"]) for m in answer.get("Messages", [])]


def bodies(taken):
    return [body for body, _ in taken]


def delete(cloud, url, taken):
    for _, handle in taken:
        cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=handle)


def test_a_batch_has_as_many_messages_of_one_group_as_possible(cloud):
    url = made(cloud)
    send(cloud, url, "a:1", "b:1", "a:2", "b:2")

    assert bodies(take(cloud, url, 3)) == ["a:1", "a:2", "b:1"]


def test_a_group_in_flight_hands_out_nothing_until_it_is_deleted_or_visible_again(cloud):
    url = made(cloud)
    send(cloud, url, "a:1", "a:2", "b:1")
    first = take(cloud, url, 1)
    assert bodies(take(cloud, url)) == ["b:1"]
    assert take(cloud, url) == []

    delete(cloud, url, first)
    assert bodies(take(cloud, url)) == ["a:2"]

    cloud.advance(seconds=31)
    assert bodies(take(cloud, url)) == ["a:2", "b:1"]


def test_the_order_of_a_group_survives_a_restart_after_messages_came_back(started):
    cloud = started()
    url = made(cloud)
    send(cloud, url, "a:1", "a:2", "a:3")
    take(cloud, url, 1)
    cloud.advance(seconds=31)
    cloud = started()
    cloud.advance(seconds=62)

    assert bodies(take(cloud, url)) == ["a:1", "a:2", "a:3"]


def test_a_long_poll_wakes_up_when_a_hidden_message_comes_back(cloud):
    url = made(cloud)
    send(cloud, url, "a:1")
    take(cloud, url)

    cloud.advance(seconds=29)
    assert take(cloud, url) == []
    cloud.advance(seconds=2)
    assert bodies(take(cloud, url)) == ["a:1"]


def message(sequence, group, visible_at=0.0):
    return Message("q", f"m{sequence}", "", visible_at, 0.0, "", "", group=group, sequence=sequence)


@pytest.mark.parametrize("seed", range(20))
def test_groups_agree_with_looking_at_every_message(seed):
    chance = random.Random(seed)
    groups, there, now, sequence = Groups([], 0.0), {}, 0.0, 0

    def put(new):
        groups.change(there.get(new.id), new, now)
        there[new.id] = new

    for _ in range(300):
        now += chance.random()
        deed = chance.random()
        if deed < 0.4 or not there:
            sequence += 1
            put(message(sequence, f"g{chance.randint(1, 5)}"))
        elif deed < 0.7:
            for id in groups.visible(chance.randint(1, 4), now):
                put(message(there[id].sequence, there[id].group, now + chance.random() * 3))
        else:
            gone = there.pop(chance.choice(list(there)))
            groups.change(gone, None, now)
        assert groups.visible(10_000, now) == looked_at(there, now)
        heads = [m.visible_at for m in firsts(there).values() if m.visible_at > now]
        assert groups.next_visible() == min(heads, default=None)


def firsts(there):
    found = {}
    for each in sorted(there.values(), key=lambda m: m.sequence):
        found.setdefault(each.group, each)
    return found


def looked_at(there, now):
    found = []
    for group in firsts(there):
        for each in sorted((m for m in there.values() if m.group == group), key=lambda m: m.sequence):
            if each.visible_at > now:
                break
            found.append(each.id)
    return found


def test_a_fifo_queue_goes_on_after_a_restart(started):
    cloud = started()
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    first = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    sqs = started().client("sqs")

    again = sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    second = sqs.send_message(QueueUrl=url, MessageBody="b", MessageGroupId="g", MessageDeduplicationId="2")

    assert again["MessageId"] == first["MessageId"]
    assert len(second["SequenceNumber"]) == 20 and second["SequenceNumber"] > first["SequenceNumber"]
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == ["a", "b"]
