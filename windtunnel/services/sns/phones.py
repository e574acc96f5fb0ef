"""SMS settings and who does not want any."""

from __future__ import annotations

import re

from windtunnel.kernel.tables import Table
from windtunnel.services.sns.records import Phone, SmsSettings
from windtunnel.services.sns.topics import SnsTables, invalid

_NUMBER = re.compile(r"\+[0-9]{1,15}")
_SETTINGS = frozenset(
    [
        "MonthlySpendLimit",
        "DeliveryStatusIAMRole",
        "DeliveryStatusSuccessSamplingRate",
        "DefaultSenderID",
        "DefaultSMSType",
        "UsageReportS3Bucket",
    ]
)


class Phones(SnsTables):
    sms_settings = Table(SmsSettings, key="account")

    def check_if_phone_number_is_opted_out(self, ctx, phoneNumber):
        return {"isOptedOut": self._is_opted_out(_checked(phoneNumber))}

    def list_phone_numbers_opted_out(self, ctx, nextToken=None):
        return {"phoneNumbers": sorted(each.number for each in self.phones.all() if each.opted_out)}

    def opt_in_phone_number(self, ctx, phoneNumber):
        self.phones.put(Phone(_checked(phoneNumber), opted_out=False))

    def get_sms_attributes(self, ctx, attributes=()):
        values = {"MonthlySpendLimit": "1", **self._settings()}
        return {"attributes": {name: value for name, value in values.items() if not attributes or name in attributes}}

    def set_sms_attributes(self, ctx, attributes):
        if unknown := sorted(attributes.keys() - _SETTINGS):
            raise invalid(f"{unknown[0]} is not a valid attribute")
        if attributes.get("DefaultSMSType", "Promotional") not in ("Promotional", "Transactional"):
            raise invalid("DefaultSMSType is invalid")
        self.sms_settings.put(SmsSettings(self.home.account, {**self._settings(), **attributes}))

    def _settings(self) -> dict[str, str]:
        known = self.sms_settings.get(self.home.account)
        return known.values if known is not None else {}

    def _is_opted_out(self, number: str) -> bool:
        known = self.phones.get(number)
        return known is not None and known.opted_out


def _checked(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        raise invalid(f"PhoneNumber Reason: {number} is not valid to publish to")
    return number
