"""Every setting of a cloud: one documented field each, from `WINDTUNNEL_<FIELD>` in the environment or given in code."""

from __future__ import annotations

import msgspec

from windtunnel.kernel import surroundings


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations are in seconds, sizes in bytes unless the name says otherwise."""

    region: str = "us-east-1"
    """The region of requests that name none."""

    account: str = "000000000000"
    """The account of access keys that are not an account id of twelve digits themselves."""

    organization: str = ""
    """
    The id of the organization (`o-…`) that all accounts of this cloud belong to, for conditions such as `aws:PrincipalOrgID`;
    empty for none.
    """

    data: str = ""
    """Folder in which state outlives the process; empty keeps everything in memory."""

    isolation: str = "auto"
    """`auto`: the best this machine offers; `none`: functions run as plain child processes; `inline`: in threads, for tests."""

    freeze: bool = True
    """Functions stand still between invocations, as on AWS: what they left running goes on with the next one."""

    cpu_share: bool = False
    """Functions get processor time in proportion to their memory, as on AWS: 1,769 MB are one processor. `check` has it on."""

    idle_environment_seconds: float = 600.0
    """An execution environment that served nothing for this long is ended."""

    account_concurrency: int = 1_000
    """How many executions of functions may run at once, in each account and region."""

    powertools_layers: bool = True
    """
    Install Powertools for AWS Lambda from the package index when a function names one of its public layers, whose contents
    nobody but AWS has; `false` refuses such functions.
    """

    parked_children: int = 2
    """Execution environments forked ahead of time for each interpreter."""

    record_limit: int = 100_000
    """Facts kept in the flight record for each kind of fact."""

    verify_signatures: bool = False
    """Refuse requests whose AWS signature is wrong."""

    request_limit_bytes: int = 1024 * 1024 * 1024
    """The largest request body that is taken."""

    seed: int | None = None
    """Makes ids and jitter repeatable."""

    @classmethod
    def from_environment(cls, **given: object) -> Settings:
        """Values given here win over the environment. Raises ValueError that names the variable with a wrong value."""
        values: dict[str, object] = {}
        for field in msgspec.structs.fields(cls):
            name = f"WINDTUNNEL_{field.name.upper()}"
            if text := surroundings.variable(name):
                try:
                    values[field.name] = msgspec.convert(text, field.type, strict=False)
                except msgspec.ValidationError as error:
                    raise ValueError(f"{name}={text} cannot be used: {error}. Correct or unset the variable.") from None
        values.update({name: value for name, value in given.items() if value is not None})
        return cls(**values)  # type: ignore[arg-type]
