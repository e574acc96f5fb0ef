"""What an account may have, and where the API answers."""

from __future__ import annotations

from windtunnel.services.dynamodb.rows import DynamoTables


class Limits(DynamoTables):
    # AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    def describe_limits(self, ctx):
        return {
            "AccountMaxReadCapacityUnits": 80_000,
            "AccountMaxWriteCapacityUnits": 80_000,
            "TableMaxReadCapacityUnits": 40_000,
            "TableMaxWriteCapacityUnits": 40_000,
        }

    def describe_endpoints(self, ctx):
        address = ctx.host or f"dynamodb.{self.home.region}.amazonaws.com"
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]}
