"""
The numbers of Kinesis.

AWS: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""

from __future__ import annotations

SHARDS_OF_ACCOUNT = 20_000
"""In us-east-1, us-west-2 and eu-west-1."""
SHARDS_ELSEWHERE = 1_000
LARGE_REGIONS = frozenset(["us-east-1", "us-west-2", "eu-west-1"])
ON_DEMAND_STREAMS = 50
ON_DEMAND_SHARDS = 4

SHARD_RECORDS_PER_S = 1_000
SHARD_BYTES_PER_S = 1_048_576
ON_DEMAND_FACTOR = 4
"""A new stream on demand takes four times as much as one shard, through whichever of its shards."""

SHARD_READS_PER_S = 5
SHARD_READ_BYTES_PER_S = 2_097_152
"""By GetRecords, for all consumers of a shard that share it."""

BATCH_BYTES = 10_485_760
READ_BYTES = 10_485_760
READ_RECORDS = 10_000

SHORTEST_RETENTION_H = 24
LONGEST_RETENTION_H = 8_760

ITERATOR_S = 300
TOKEN_S = 300
SUBSCRIPTION_S = 300
RENEWAL_S = 5
CONSUMERS_OF_STREAM = 20
TAGS = 50

LAST_HASH = 2**128 - 1
