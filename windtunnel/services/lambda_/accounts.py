"""Account settings, and the small per-function settings that stand beside the configuration."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.services.lambda_ import names, shown
from windtunnel.services.lambda_.functions import LambdaTables
from windtunnel.services.lambda_.packages import MAXIMUM_UNZIPPED_BYTES

TOTAL_CODE_BYTES = 80_530_636_800
ZIPPED_BYTES = 52_428_800


class Accounts(LambdaTables):
    def get_account_settings(self, ctx):
        functions = self.functions.all()
        admission = self.noun("Admission")
        sizes = [config.code_size for config in self.configurations.all()]
        return {
            "AccountLimit": {
                "TotalCodeSize": TOTAL_CODE_BYTES,
                "CodeSizeUnzipped": MAXIMUM_UNZIPPED_BYTES,
                "CodeSizeZipped": ZIPPED_BYTES,
                "ConcurrentExecutions": admission.limit,
                "UnreservedConcurrentExecutions": admission.unreserved(),
            },
            "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(functions)},
        }

    def get_function_recursion_config(self, ctx, FunctionName):
        function, named = self.function_named(FunctionName)
        names.check_unqualified(named)
        return {"RecursiveLoop": function.recursive_loop}

    def put_function_recursion_config(self, ctx, FunctionName, RecursiveLoop):
        function, named = self.function_named(FunctionName)
        names.check_unqualified(named)
        self.functions.put(replace(function, recursive_loop=RecursiveLoop))
        return {"RecursiveLoop": RecursiveLoop}

    def get_runtime_management_config(self, ctx, FunctionName, Qualifier=None):
        config = self.configuration_named(FunctionName, Qualifier)
        chosen = self.functions.get(config.name).runtime_updates.get(config.version, {"UpdateRuntimeOn": "Auto"})
        return {**chosen, "FunctionArn": shown.function_arn(config)}

    def put_runtime_management_config(self, ctx, FunctionName, UpdateRuntimeOn, Qualifier=None, RuntimeVersionArn=None):
        config = self.configuration_named(FunctionName, Qualifier)
        if UpdateRuntimeOn == "Manual" and not RuntimeVersionArn:
            raise names.invalid("You must provide a RuntimeVersionArn when UpdateRuntimeOn is Manual.")
        function = self.functions.get(config.name)
        chosen = {"UpdateRuntimeOn": UpdateRuntimeOn}
        if RuntimeVersionArn:
            chosen["RuntimeVersionArn"] = RuntimeVersionArn
        self.functions.put(replace(function, runtime_updates={**function.runtime_updates, config.version: chosen}))
        return {**chosen, "FunctionArn": shown.function_arn(config)}
