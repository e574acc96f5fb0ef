"""Platform applications: who may push to the phones of which platform. AWS: sns/latest/dg/mobile-push-send-register.html"""

from __future__ import annotations

import re

from msgspec.structs import replace

from windtunnel.aws.paging import page
from windtunnel.kernel.tables import Table
from windtunnel.services.sns.records import Endpoint, PlatformApplication
from windtunnel.services.sns.topics import SnsTables, invalid, not_found

_KEYED = ("GCM", "FCM")
"""Platforms that know their callers by a key alone."""
PLATFORMS = frozenset(
    ["ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "MACOS", "MACOS_SANDBOX", "MPNS", "WNS"]
) | set(_KEYED)
_SECRET = ("PlatformCredential", "PlatformPrincipal")
_SETTABLE = frozenset(
    [*_SECRET, "EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure", "Enabled",
     "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate", "ApplePlatformTeamID",
     "ApplePlatformBundleID"]
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
LONGEST_NAME = 256


class PlatformTables(SnsTables):
    """What platform applications and their endpoints share: the tables, and finding one by its ARN."""

    applications = Table(PlatformApplication, key="arn")
    endpoints = Table(Endpoint, key="arn", within="application")

    def application_at(self, arn: str) -> PlatformApplication:
        """Raises InvalidParameter for what is no such ARN, NotFound for an application that is not there."""
        check_arn(arn, "PlatformApplicationArn", slashes=2)
        found = self.applications.get(arn)
        if found is None:
            raise not_found("PlatformApplication does not exist")
        return found

    def endpoint_at(self, arn: str) -> Endpoint:
        check_arn(arn, "EndpointArn", slashes=3)
        found = self.endpoints.get(application_of(arn), arn)
        if found is None:
            raise not_found("Endpoint does not exist")
        return found


class PlatformApplications(PlatformTables):
    def create_platform_application(self, ctx, Name, Platform, Attributes):
        _check_name(Name)
        if Platform not in PLATFORMS:
            raise invalid(f"Platform Reason: {Platform} is not supported")
        _check(Attributes, Platform)
        if "PlatformCredential" not in Attributes:
            raise invalid("Attributes Reason: PlatformCredential attribute is required")
        arn = self.home.arn("sns", f"app/{Platform}/{Name}")
        if self.applications.get(arn) is None:
            self.applications.put(PlatformApplication(arn=arn, platform=Platform, attributes=dict(Attributes)))
        return {"PlatformApplicationArn": arn}

    def get_platform_application_attributes(self, ctx, PlatformApplicationArn):
        return {"Attributes": _shown(self.application_at(PlatformApplicationArn))}

    def set_platform_application_attributes(self, ctx, PlatformApplicationArn, Attributes):
        application = self.application_at(PlatformApplicationArn)
        _check(Attributes, application.platform)
        self.applications.put(replace(application, attributes={**application.attributes, **Attributes}))

    def delete_platform_application(self, ctx, PlatformApplicationArn):
        """Deleting one that is gone is no error; its endpoints go with it."""
        check_arn(PlatformApplicationArn, "PlatformApplicationArn", slashes=2)
        self.applications.delete(PlatformApplicationArn)
        self.endpoints.clear(PlatformApplicationArn)

    def list_platform_applications(self, ctx, NextToken=None):
        found = sorted(self.applications.all(), key=lambda each: each.arn)
        shown = [{"PlatformApplicationArn": each.arn, "Attributes": _shown(each)} for each in found]
        return page("PlatformApplications", shown, NextToken)


def application_of(endpoint: str) -> str:
    """The ARN of the application that an endpoint belongs to: `…:endpoint/ADM/shop/id` → `…:app/ADM/shop`."""
    return endpoint.rpartition("/")[0].replace(":endpoint/", ":app/", 1)


def check_arn(arn: str, parameter: str, slashes: int) -> None:
    """Raises InvalidParameter."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        raise invalid(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    if parts[5].count("/") != slashes:
        raise invalid(f"{parameter} Reason: Wrong number of slashes in relative portion of the ARN.")


def _check_name(name: str) -> None:
    if not name:
        raise invalid("Name Reason: cannot be empty")
    if len(name) > LONGEST_NAME:
        raise invalid(f"Name Reason: must be at most {LONGEST_NAME} characters long")
    if not _NAME.fullmatch(name):
        raise invalid("Name Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'")


def _check(attributes: dict[str, str], platform: str) -> None:
    for name in attributes:
        if name not in _SETTABLE:
            raise invalid(f"Attributes Reason: Invalid attribute name: {name}")
    credential, principal = (name in attributes for name in _SECRET)
    if principal and not credential:
        raise invalid("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential")
    if credential and not principal and platform not in _KEYED:
        raise invalid("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal")


def _shown(application: PlatformApplication) -> dict[str, str]:
    """Everything but what lets one in."""
    given = {name: value for name, value in application.attributes.items() if name not in _SECRET}
    return {"Enabled": "true", **given}
