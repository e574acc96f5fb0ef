"""Tags of buses and rules."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.services.events.buses import EventTables, check_own
from windtunnel.services.events.records import DEFAULT, Bus, Rule


class Tags(EventTables):
    def tag_resource(self, ctx, ResourceARN, Tags):
        tagged = self._tagged(ResourceARN)
        self._put(tagged, {**tagged.tags, **{tag["Key"]: tag["Value"] for tag in Tags}})

    def untag_resource(self, ctx, ResourceARN, TagKeys):
        tagged = self._tagged(ResourceARN)
        self._put(tagged, {key: value for key, value in tagged.tags.items() if key not in TagKeys})

    def list_tags_for_resource(self, ctx, ResourceARN):
        tags = self._tagged(ResourceARN).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tagged(self, arn: str) -> Bus | Rule:
        kind, _, rest = arn.split(":", 5)[-1].partition("/")
        if kind == "event-bus":
            return self.bus_at(rest)
        bus, _, name = rest.rpartition("/")
        return self.rule_at(name, bus or DEFAULT)

    def _put(self, tagged: Bus | Rule, tags: dict[str, str]) -> None:
        if isinstance(tagged, Bus):
            self.buses.put(replace(tagged, tags=tags))
        else:
            check_own(tagged)
            self.rules.put(replace(tagged, tags=tags))
