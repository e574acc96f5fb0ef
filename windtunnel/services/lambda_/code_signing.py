"""Code signing configurations, and the functions that have one.

Nothing here can verify a signature of AWS Signer's, so every package counts as unsigned: a function whose configuration says
Enforce takes no new code, one whose configuration says Warn takes it, and a fact says so.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.lambda_ import shown
from windtunnel.services.lambda_.facts import UnsignedCodeDeployed
from windtunnel.services.lambda_.functions import LambdaTables, page
from windtunnel.services.lambda_.records import CodeSigningConfig

ENFORCE = "Enforce"


class CodeSigning(LambdaTables):
    def create_code_signing_config(self, ctx, AllowedPublishers, Description="", CodeSigningPolicies=None, Tags=None):
        config_id = f"csc-{self.ids.hex(17)}"
        config = CodeSigningConfig(
            arn=self.home.arn("lambda", f"code-signing-config:{config_id}"),
            id=config_id,
            description=Description or "",
            publishers=tuple(AllowedPublishers["SigningProfileVersionArns"]),
            policy=(CodeSigningPolicies or {}).get("UntrustedArtifactOnDeployment", "Warn"),
            modified_at=self.clock.now(),
            tags=dict(Tags or {}),
        )
        return {"CodeSigningConfig": shown.code_signing(self.code_signing_configs.put(config))}

    def get_code_signing_config(self, ctx, CodeSigningConfigArn):
        return {"CodeSigningConfig": shown.code_signing(self._config(CodeSigningConfigArn))}

    def update_code_signing_config(
        self, ctx, CodeSigningConfigArn, Description=None, AllowedPublishers=None, CodeSigningPolicies=None
    ):
        config = self._config(CodeSigningConfigArn)
        changes: dict[str, Any] = {"modified_at": self.clock.now()}
        if Description is not None:
            changes["description"] = Description
        if AllowedPublishers is not None:
            changes["publishers"] = tuple(AllowedPublishers["SigningProfileVersionArns"])
        if CodeSigningPolicies is not None:
            changes["policy"] = CodeSigningPolicies.get("UntrustedArtifactOnDeployment", config.policy)
        return {"CodeSigningConfig": shown.code_signing(self.code_signing_configs.put(replace(config, **changes)))}

    def delete_code_signing_config(self, ctx, CodeSigningConfigArn):
        config = self._config(CodeSigningConfigArn)
        if self._users(config.arn):
            problem = f"The code signing configuration {config.arn} is in use by one or more functions."
            raise ApiError("ResourceConflictException", problem, status=409, Type="User")
        self.code_signing_configs.delete(config.arn)

    def list_code_signing_configs(self, ctx, Marker=None, MaxItems=50):
        configs = [shown.code_signing(config) for config in self.code_signing_configs.all()]
        return page("CodeSigningConfigs", configs, Marker, MaxItems)

    def put_function_code_signing_config(self, ctx, CodeSigningConfigArn, FunctionName):
        self.check_known(CodeSigningConfigArn)
        function, _ = self.function_named(FunctionName)
        self.functions.put(replace(function, code_signing=CodeSigningConfigArn))
        return {"CodeSigningConfigArn": CodeSigningConfigArn, "FunctionName": function.name}

    def get_function_code_signing_config(self, ctx, FunctionName):
        function, _ = self.function_named(FunctionName)
        if not function.code_signing:
            return {}
        return {"CodeSigningConfigArn": function.code_signing, "FunctionName": function.name}

    def delete_function_code_signing_config(self, ctx, FunctionName):
        function, _ = self.function_named(FunctionName)
        self.functions.put(replace(function, code_signing=""))

    def list_functions_by_code_signing_config(self, ctx, CodeSigningConfigArn, Marker=None, MaxItems=50):
        config = self._config(CodeSigningConfigArn)
        return page("FunctionArns", self._users(config.arn), Marker, MaxItems)

    def check_known(self, arn: str) -> None:
        """Raises CodeSigningConfigNotFoundException."""
        if arn not in self.code_signing_configs:
            problem = (
                "The code signing configuration cannot be found. Check that the provided configuration is not deleted: "
                f"{arn}."
            )
            raise ApiError("CodeSigningConfigNotFoundException", problem, status=404, Type="User")

    def check_deployment(self, function_arn: str, config_arn: str) -> None:
        """For new code of a function with this configuration. Raises CodeVerificationFailedException."""
        config = self.code_signing_configs.get(config_arn) if config_arn else None
        if config is None:
            return
        if config.policy == ENFORCE:
            raise ApiError(
                "CodeVerificationFailedException",
                "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is "
                "not configured to accept. Check the provided signature for unsigned.",
                status=400,
                Type="User",
            )
        self.home.record(UnsignedCodeDeployed(function_arn, config.arn))

    def _config(self, arn: str) -> CodeSigningConfig:
        config = self.code_signing_configs.get(arn)
        if config is None:
            problem = f"The Lambda code signing configuration {arn} can not be found."
            raise ApiError("ResourceNotFoundException", problem, status=404, Type=None)  # AWS says no type here
        return config

    def _users(self, arn: str) -> list[str]:
        return [function.arn for function in self.functions.all() if function.code_signing == arn]
