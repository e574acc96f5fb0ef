"""
Platform endpoints: one device of one application. What would be pushed to it goes to the local inbox, like an SMS.

AWS: sns/latest/dg/mobile-push-send-devicetoken.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.paging import page
from windtunnel.services.sns.facts import LetterSent
from windtunnel.services.sns.platform_applications import PlatformTables, check_arn
from windtunnel.services.sns.records import Endpoint
from windtunnel.services.sns.topics import invalid

MOST_DATA_BYTES = 2_048
_SETTABLE = ("CustomUserData", "Enabled", "Token")


class PlatformEndpoints(PlatformTables):
    def create_platform_endpoint(self, ctx, PlatformApplicationArn, Token, CustomUserData="", Attributes=None):
        application = self.application_at(PlatformApplicationArn)
        _check(Attributes or {})
        if too_long(CustomUserData):
            raise invalid(f"CustomUserData Reason: must be at most {MOST_DATA_BYTES} bytes long in UTF-8 encoding")
        data = {"CustomUserData": CustomUserData} if CustomUserData else {}
        wished = {**(Attributes or {}), **data, "Token": Token}
        known = self._with_token(application.arn, Token)
        if known is not None:
            if any(known.attributes.get(name, "") != wished.get(name, "") for name in {*wished, "CustomUserData"}):
                raise invalid(
                    f"Token Reason: Endpoint {known.arn} already exists with the same Token, but different attributes."
                )
            return {"EndpointArn": known.arn}
        arn = f"{application.arn.replace(':app/', ':endpoint/', 1)}/{self.ids.uuid()}"
        self.endpoints.put(Endpoint(arn=arn, application=application.arn, attributes={"Enabled": "true", **wished}))
        return {"EndpointArn": arn}

    def get_endpoint_attributes(self, ctx, EndpointArn):
        return {"Attributes": self.endpoint_at(EndpointArn).attributes}

    def set_endpoint_attributes(self, ctx, EndpointArn, Attributes):
        endpoint = self.endpoint_at(EndpointArn)
        _check(Attributes)
        self.endpoints.put(replace(endpoint, attributes={**endpoint.attributes, **Attributes}))

    def delete_endpoint(self, ctx, EndpointArn):
        """Deleting one that is gone is no error; its subscriptions stay."""
        check_arn(EndpointArn, "EndpointArn", slashes=3)
        for application in self.applications.all():
            self.endpoints.delete(application.arn, EndpointArn)

    def list_endpoints_by_platform_application(self, ctx, PlatformApplicationArn, NextToken=None):
        application = self.application_at(PlatformApplicationArn)
        found = self.endpoints.all(application.arn)
        shown = [{"EndpointArn": each.arn, "Attributes": each.attributes} for each in found]
        return page("Endpoints", shown, NextToken)

    def push(self, arn: str, subject: str | None, bodies: dict[str, str], topic: str = "") -> None:
        """Into the inbox: the body for the endpoint's platform, or else the default one. Raises InvalidParameter, EndpointDisabled."""
        try:
            endpoint = self.endpoint_at(arn)
        except ApiError as error:
            if error.code != "NotFound":
                raise
            raise invalid("TargetArn Reason: No endpoint found for the target arn specified") from None
        if endpoint.attributes["Enabled"].lower() != "true":
            raise ApiError("EndpointDisabled", "Endpoint is disabled")
        platform = arn.split("/")[1]
        text = bodies.get(platform, bodies["default"])
        self.home.record(LetterSent("application", endpoint.arn, subject or "", text, topic))

    def _with_token(self, application: str, token: str) -> Endpoint | None:
        return next((each for each in self.endpoints.all(application) if each.attributes["Token"] == token), None)


def too_long(data: str) -> bool:
    return len((data or "").encode()) > MOST_DATA_BYTES


def _check(attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if name not in _SETTABLE:
            raise invalid(f"Attributes Reason: Invalid attribute name: {name}")
        if name == "CustomUserData" and too_long(value):
            raise invalid(
                "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most "
                f"{MOST_DATA_BYTES} bytes long in UTF-8 encoding"
            )
        if name == "Enabled" and value.lower() not in ("true", "false"):
            raise invalid("Attributes Reason: Invalid value for attribute: Enabled: must be true or false")
