"""How fast something may happen."""

from windtunnel.kernel.rates import Bucket


def taken(bucket: Bucket, now: float, tries: int) -> int:
    return sum(bucket.take(now, size=10, per_s=2) for _ in range(tries))


def test_a_bucket_gives_what_it_has_and_then_what_time_brings() -> None:
    bucket = Bucket(10, now=0)

    assert taken(bucket, now=0, tries=20) == 10
    assert taken(bucket, now=1, tries=20) == 2
    assert taken(bucket, now=2.5, tries=20) == 3


def test_a_bucket_saves_up_no_more_than_its_size() -> None:
    bucket = Bucket(10, now=0)
    taken(bucket, now=0, tries=10)

    assert taken(bucket, now=1_000, tries=20) == 10
