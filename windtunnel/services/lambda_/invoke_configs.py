"""How asynchronous invocations of a function are retried, and where their results go."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import LATEST, InvokeConfig


class InvokeConfigs(LambdaTables):
    def put_function_event_invoke_config(
        self,
        ctx,
        FunctionName,
        Qualifier=None,
        MaximumRetryAttempts=None,
        MaximumEventAgeInSeconds=None,
        DestinationConfig=None,
    ):
        if MaximumRetryAttempts is None and MaximumEventAgeInSeconds is None and DestinationConfig is None:
            raise names.invalid("You must specify at least one of error handling or destination setting.")
        name, qualifier = self._target(FunctionName, Qualifier)
        return self._put(name, qualifier, MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig or {})

    def update_function_event_invoke_config(
        self,
        ctx,
        FunctionName,
        Qualifier=None,
        MaximumRetryAttempts=None,
        MaximumEventAgeInSeconds=None,
        DestinationConfig=None,
    ):
        old = self._config(FunctionName, Qualifier)
        given = DestinationConfig or {}
        destinations = {
            "OnSuccess": given.get("OnSuccess", {"Destination": old.on_success}),
            "OnFailure": given.get("OnFailure", {"Destination": old.on_failure}),
        }
        retries = old.retries if MaximumRetryAttempts is None else MaximumRetryAttempts
        age = old.maximum_age if MaximumEventAgeInSeconds is None else MaximumEventAgeInSeconds
        return self._put(old.function, old.qualifier, retries, age, destinations)

    def get_function_event_invoke_config(self, ctx, FunctionName, Qualifier=None):
        return shown.invoke_config(self._config(FunctionName, Qualifier))

    def list_function_event_invoke_configs(self, ctx, FunctionName, Marker=None, MaxItems=50):
        named = names.parse(FunctionName)
        if named.name not in self.functions:
            raise ApiError("ResourceNotFoundException", f"The function {self._arn_asked(named)} doesn't have an EventInvokeConfig",
                status=404, Type="User")  # fmt: skip
        configs = [shown.invoke_config(config) for config in self.invoke_configs.all(named.name)]
        return page("FunctionEventInvokeConfigs", configs, Marker, MaxItems)

    def delete_function_event_invoke_config(self, ctx, FunctionName, Qualifier=None):
        config = self._config(FunctionName, Qualifier)
        self.invoke_configs.delete(config.function, config.qualifier)

    def _target(self, text: str, qualifier: str | None) -> tuple[str, str]:
        named = names.parse(text, qualifier)
        if named.name not in self.functions:
            raise ApiError("ResourceNotFoundException", "The function doesn't exist.", status=404, Type="User")
        if named.qualifier:
            alias = self.aliases.get(named.name, named.qualifier)
            if alias is None and self.configurations.get(named.name, named.qualifier) is None:
                raise ApiError("ResourceNotFoundException", "The function doesn't exist.", status=404, Type="User")
        return named.name, named.qualifier or LATEST

    def _config(self, text: str, qualifier: str | None) -> InvokeConfig:
        named = names.parse(text, qualifier)
        config = self.invoke_configs.get(named.name, named.qualifier or LATEST)
        if config is None:
            arn = self.arn_of(named.name, named.qualifier or LATEST)
            raise ApiError("ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig",
                status=404, Type="User")  # fmt: skip
        return config

    def _check_destinations(self, name: str, destinations: dict[str, Any]) -> None:
        for each in destinations.values():
            target = (each or {}).get("Destination") or ""
            if ":lambda:" not in target:
                continue
            named = names.parse(target)
            if named.name == name and self._is_here(named):
                raise names.invalid("You can't specify the function as a destination for itself.")
            if self._is_here(named) and named.name not in self.functions:
                raise names.invalid(f"The destination ARN {target} is invalid.")

    def _put(self, name: str, qualifier: str, retries: Any, age: Any, destinations: dict[str, Any]) -> dict[str, Any]:
        self._check_destinations(name, destinations)
        config = InvokeConfig(
            function=name,
            qualifier=qualifier,
            arn=self.arn_of(name, qualifier),
            modified_at=self.clock.now(),
            retries=retries,
            maximum_age=age,
            on_success=(destinations.get("OnSuccess") or {}).get("Destination") or "",
            on_failure=(destinations.get("OnFailure") or {}).get("Destination") or "",
        )
        return shown.invoke_config(self.invoke_configs.put(config))
