"""Reserved concurrency: a function's share of the account's, which is its ceiling too."""

from __future__ import annotations

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import names
from windtunnel.services.lambda_.functions import LambdaTables


class Concurrency(LambdaTables):
    def put_function_concurrency(self, ctx, FunctionName, ReservedConcurrentExecutions):
        function, named = self.function_named(FunctionName)
        names.check_unqualified(named)
        provisioned = sum(p.requested for p in self.provisioned.all(function.name))
        if ReservedConcurrentExecutions < provisioned:
            raise ApiError(
                "InvalidParameterValueException",
                f" ReservedConcurrentExecutions  {ReservedConcurrentExecutions} should not be lower than function's total "
                f"provisioned concurrency [{provisioned}].",
                Type=None,  # this one answer of AWS says no type
            )
        admission = self.noun("Admission")
        if not admission.check_reservation(function, ReservedConcurrentExecutions):
            raise names.invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{admission.minimum}]."
            )
        self.functions.put(replace(function, reserved=ReservedConcurrentExecutions))
        return {"ReservedConcurrentExecutions": ReservedConcurrentExecutions}

    def get_function_concurrency(self, ctx, FunctionName):
        function, named = self.function_named(FunctionName)
        names.check_unqualified(named)
        return {} if function.reserved is None else {"ReservedConcurrentExecutions": function.reserved}

    def delete_function_concurrency(self, ctx, FunctionName):
        function, named = self.function_named(FunctionName)
        names.check_unqualified(named)
        self.functions.put(replace(function, reserved=None))
