"""Events that services of AWS themselves send to the default bus: changes of stacks, states of alarms, executions."""

from __future__ import annotations

from typing import Any

import msgspec

from windtunnel.aws import timestamps
from windtunnel.fabric.deliveries import Delivery
from windtunnel.services.events.buses import EventTables
from windtunnel.services.events.records import DEFAULT

KEPT_S = 24 * 3600


class ServiceEvents(EventTables):
    def accept(
        self, source: str, detail_type: str, resources: list[str], detail: dict[str, Any], trace: str = ""
    ) -> None:
        """Send an event, if a rule or an archive wants it. Part of the step that is open; it is not lost."""
        now = self.clock.now()
        event = {
            "version": "0",
            "id": self.ids.uuid(),
            "detail-type": detail_type,
            "source": source,
            "account": self.home.account,
            "time": timestamps.iso(int(now)),
            "region": self.home.region,
            "resources": resources,
            "detail": detail,
        }
        if not self.noun("Entries").is_wanted(DEFAULT, event):
            return
        self.home.cloud.fabric.accept(
            Delivery(
                id=self.ids.uuid(), service="events", noun="ServiceEvents", account=self.home.account,
                region=self.home.region, target=self.bus_arn(DEFAULT), payload=msgspec.json.encode(event),
                accepted_at=now, due_at=now, expires_at=now + KEPT_S, details={"trace": trace},
            )
        )  # fmt: skip

    async def attempt(self, delivery: Delivery) -> None:
        """Bring it to the bus (`fabric/deliveries.py`), whose rules see to the rest."""
        event = msgspec.json.decode(delivery.payload)
        await self.noun("Entries").arrive(DEFAULT, event, delivery.details["trace"])
