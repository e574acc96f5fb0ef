"""What Lambda stores. Times are seconds since the epoch."""

from __future__ import annotations

from typing import Any

import msgspec

LATEST = "$LATEST"


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a function, `$LATEST` included: what it runs and with what."""

    name: str
    version: str
    arn: str
    role: str
    runtime: str
    handler: str
    code_sha256: str
    code_size: int
    blob: str
    description: str = ""
    timeout: int = 3
    memory: int = 128
    environment: dict[str, str] | None = None
    layers: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ("x86_64",)
    ephemeral: int = 512
    tracing: str = "PassThrough"
    snap_start: str = "None"
    logging: dict[str, str] = {}
    vpc: dict[str, Any] = {}
    dead_letter: str = ""
    kms_key: str = ""
    file_systems: tuple[dict[str, str], ...] = ()
    modified_at: float = 0.0
    revision: str = ""
    unzipped: int = 0
    """How large the package is when it is unpacked, in bytes."""
    described: str = ""
    """Of a published version: what `$LATEST` was described as when it was published."""
    state: str = "Active"
    """`Pending` or `Failed` only for a version with SnapStart."""
    state_reason: str = ""
    state_reason_code: str = ""

    @property
    def log_group(self) -> str:
        return self.logging.get("LogGroup") or f"/aws/lambda/{self.name}"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and what belongs to all of its versions."""

    name: str
    arn: str
    created_at: float
    next_version: int = 1
    tags: dict[str, str] = {}
    reserved: int | None = None
    recursive_loop: str = "Terminate"
    code_signing: str = ""
    """ARN of its code signing configuration."""
    runtime_updates: dict[str, dict[str, str]] = {}
    """Qualifier → its runtime management; `Auto` for those not named."""


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    function: str
    name: str
    arn: str
    version: str
    description: str = ""
    weights: dict[str, float] = {}
    revision: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The resource policy of a function (`qualifier` empty), a version, an alias or a layer version."""

    resource: str
    qualifier: str
    statements: tuple[dict[str, Any], ...]
    revision: str


class InvokeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How events invoked asynchronously are retried, and where they go afterwards. None: AWS's default."""

    function: str
    qualifier: str
    arn: str
    modified_at: float
    retries: int | None = None
    maximum_age: int | None = None
    on_success: str = ""
    on_failure: str = ""


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """An event source mapping. `options` holds what only some kinds of sources have, as it is shown."""

    id: str
    arn: str
    source: str
    function_arn: str
    batch_size: int
    window: int
    state: str
    modified_at: float
    enabled: bool = True
    response_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    last_result: str = ""
    tags: dict[str, str] = {}
    options: dict[str, Any] = {}


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of deleted versions are not given again."""

    name: str
    newest: int


class LayerVersion(msgspec.Struct, frozen=True, kw_only=True):
    layer: str
    number: int
    arn: str
    layer_arn: str
    blob: str
    code_sha256: str
    code_size: int
    created_at: float
    description: str = ""
    runtimes: tuple[str, ...] | None = None
    architectures: tuple[str, ...] | None = None
    license: str = ""
    unzipped: int = 0
    deleted: bool = False
    """Still used by the functions that have it, and shown to nobody else."""


class Provisioned(msgspec.Struct, frozen=True, kw_only=True):
    function: str
    qualifier: str
    requested: int
    modified_at: float
    ready: int = 0
    status: str = "IN_PROGRESS"
    reason: str = ""


class CodeSigningConfig(msgspec.Struct, frozen=True, kw_only=True):
    arn: str
    id: str
    description: str
    publishers: tuple[str, ...]
    policy: str
    modified_at: float
    tags: dict[str, str] = {}


class Url(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    function: str
    qualifier: str
    arn: str
    auth: str
    cors: dict[str, Any]
    mode: str
    created_at: float
    modified_at: float
