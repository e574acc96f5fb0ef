"""What botocore sends is what we read, for every operation of every service."""

from __future__ import annotations

from typing import Any

import pytest

from windtunnel.gateway.identify import Identify, Target
from windtunnel.gateway.protocols import codec

from . import oracle, samples

# Two names for one place in HTTP: the newer one is meant.
RENAMED = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}


@pytest.mark.parametrize("kind", ["minimal", "full"])
@pytest.mark.parametrize(("service", "protocol"), oracle.CASES)
def test_parameters_arrive_as_they_were_sent(service: str, protocol: str, kind: str) -> None:
    identify = Identify()
    model = oracle.model(service)
    wrong = []

    for name in model.operation_names:
        if name in RENAMED and service == "s3":
            continue
        sent = getattr(samples, kind)(model.operation_model(name).input_shape)
        difference = _difference(identify, service, protocol, name, sent)
        if difference:
            wrong.append(f"{name}: {difference}")

    assert not wrong, f"{len(wrong)} operations:\n" + "\n".join(wrong[:10])


def _difference(identify: Identify, service: str, protocol: str, name: str, sent: dict[str, Any]) -> str:
    request = oracle.request(service, protocol, name, sent)
    try:
        target = identify(request)
        assert isinstance(target, Target)
        found = (target.operation.service.name, target.operation.name, target.account, target.region)
        if found != (service, name, "111122223333", "eu-west-1"):
            return f"was taken for {found}"
        got = codec(target.protocol).parse(target.operation, request, target.labels)
    except Exception as error:
        return f"{request} {error!r}"
    automatic = {name for name in ("Body", "ContentLength") if name not in sent}
    expected, got = samples.plain(sent), samples.plain({name: got[name] for name in got if name not in automatic})
    return "" if got == expected else f"\n  sent {expected}\n  read {got}"


@pytest.mark.parametrize("name", sorted(RENAMED))
def test_an_old_name_of_an_operation_is_taken_for_the_new_one(name: str) -> None:
    sent = samples.minimal(oracle.model("s3").operation_model(name).input_shape)

    target = Identify()(oracle.request("s3", "rest-xml", name, sent))

    assert isinstance(target, Target)
    assert target.operation.name == RENAMED[name]
