"""Function URLs: their configuration. Requests to them come in through the gateway."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.policy.decisions import Attached, Policies, decide
from windtunnel.policy.documents import asked
from windtunnel.policy.principals import Principal
from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import LATEST, Url

BOTH_PERMISSIONS_FROM_S = 1_793_491_200  # 2026-11-01T00:00:00Z
"""
A URL needs lambda:InvokeFunctionUrl; since October 2025 also lambda:InvokeFunction, from which accounts that had URLs before
are exempt until this day. AWS: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


class Urls(LambdaTables):
    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self._places: dict[str, tuple[str, str]] = {}
        """Id → function and qualifier, of every URL that there is or was."""
        self._public: dict[str, tuple[Attached | None, Url, tuple[str, ...], bool]] = {}

    def resume(self) -> None:
        self._places.update((url.id, (url.function, url.qualifier)) for url in self.urls.all())

    def create_function_url_config(self, ctx, FunctionName, AuthType, Qualifier=None, Cors=None, InvokeMode=None):
        name, qualifier = self._target(FunctionName, Qualifier)
        if self.urls.get(name, qualifier) is not None:
            raise ApiError(
                "ResourceConflictException",
                f"Failed to create function url config for [functionArn = {self._arn(name, qualifier)}]. Error message:  "
                "FunctionUrlConfig exists for this Lambda function",
                status=409,
                Type="User",
            )
        now = self.clock.now()
        url = Url(
            id=self.ids.text(32, "abcdefghijklmnopqrstuvwxyz234567"), function=name, qualifier=qualifier,
            arn=self._arn(name, qualifier), auth=AuthType, cors=Cors or {}, mode=InvokeMode or "BUFFERED",
            created_at=now, modified_at=now,
        )  # fmt: skip
        self.urls.put(url)
        self._places[url.id] = (name, qualifier)
        answer = self._shown(url)
        left_out = {"LastModifiedTime"} if InvokeMode else {"LastModifiedTime", "InvokeMode"}
        return {name: value for name, value in answer.items() if name not in left_out}

    def get_function_url_config(self, ctx, FunctionName, Qualifier=None):
        return self._shown(self._url(FunctionName, Qualifier))

    def update_function_url_config(self, ctx, FunctionName, Qualifier=None, AuthType=None, Cors=None, InvokeMode=None):
        url = self._url(FunctionName, Qualifier)
        changed = replace(
            url,
            auth=AuthType or url.auth,
            cors=url.cors if Cors is None else Cors,
            mode=InvokeMode or url.mode,
            modified_at=self.clock.now(),
        )
        return self._shown(self.urls.put(changed))

    def delete_function_url_config(self, ctx, FunctionName, Qualifier=None):
        url = self._url(FunctionName, Qualifier)
        self.urls.delete(url.function, url.qualifier)

    def list_function_url_configs(self, ctx, FunctionName, Marker=None, MaxItems=50):
        named = names.parse(FunctionName)
        if named.name not in self.functions:
            raise ApiError("ResourceNotFoundException", "Function does not exist", status=404, Type="User")
        return page("FunctionUrlConfigs", [self._shown(url) for url in self.urls.all(named.name)], Marker, MaxItems)

    def url_with(self, url_id: str) -> Url | None:
        """The URL whose host begins with this id."""
        place = self._places.get(url_id)
        url = self.urls.get(*place) if place else None
        return url if url is not None and url.id == url_id else None

    def may(self, url: Url, access_key: str, context: dict[str, Any]) -> bool:
        """Whether whoever has this key may use a URL with AWS_IAM; `context` has the condition keys of the request."""
        policy = self.noun("Permissions").compiled(url.function, "" if url.qualifier == LATEST else url.qualifier)
        judge = self.home.service("iam").nouns["Decisions"]
        keys = {**context, **_keys(url)}
        return all(judge.decide(access_key, action, url.arn, policy, keys).allowed for action in self._needed())

    def is_public(self, url: Url) -> bool:
        """Whether the resource policy lets everybody use the URL."""
        policy = self.noun("Permissions").compiled(url.function, "" if url.qualifier == LATEST else url.qualifier)
        needed = self._needed()
        known = self._public.get(url.id)
        if known is None or known[:3] != (policy, url, needed):
            who, policies, keys = Principal("anonymous"), Policies(resource=policy), _keys(url)
            public = all(decide(asked(who, action, url.arn, keys), policies).allowed for action in needed)
            known = self._public[url.id] = (policy, url, needed, public)
        return known[3]

    def _needed(self) -> tuple[str, ...]:
        return _ACTIONS if self.clock.now() >= BOTH_PERMISSIONS_FROM_S else _ACTIONS[:1]

    def _target(self, text: str, qualifier: str | None) -> tuple[str, str]:
        named = names.parse(text, qualifier)
        if named.name not in self.functions:
            raise ApiError("ResourceNotFoundException", "Function does not exist", status=404, Type="User")
        if named.qualifier and self.aliases.get(named.name, named.qualifier) is None:
            raise names.not_found(self.arn_of(named.name, named.qualifier))
        return named.name, named.qualifier or LATEST

    def _url(self, text: str, qualifier: str | None) -> Url:
        named = names.parse(text, qualifier)
        url = self.urls.get(named.name, named.qualifier or LATEST)
        if url is None:
            raise names.no_resource()
        return url

    def _arn(self, name: str, qualifier: str) -> str:
        return self.arn_of(name, "" if qualifier == LATEST else qualifier)

    def _shown(self, url: Url) -> dict[str, Any]:
        endpoint = self.home.cloud.endpoint
        if endpoint:
            scheme, _, authority = endpoint.partition("://")
            port = authority.rpartition(":")[2]
            return shown.url(url, f"{scheme}://{url.id}.lambda-url.{self.home.region}.localhost:{port}/")
        return shown.url(url, f"https://{url.id}.lambda-url.{self.home.region}.on.aws/")


def _keys(url: Url) -> dict[str, Any]:
    return {"lambda:FunctionUrlAuthType": url.auth, "lambda:InvokedViaFunctionUrl": True}
