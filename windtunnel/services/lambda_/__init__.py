"""AWS Lambda: functions, versions, aliases, invocations, event source mappings."""

from windtunnel.aws.operations import Declaration

declaration = Declaration(
    api="lambda",
    nouns=(
        "functions.Functions",
        "updates.Updates",
        "versions.Versions",
        "snapshots.Snapshots",
        "aliases.Aliases",
        "admission.Admission",
        "invocations.Invocations",
        "response_streams.ResponseStreams",
        "asynchronous.Asynchronous",
        "invoke_configs.InvokeConfigs",
        "queue_sources.QueueSources",
        "stream_sources.StreamSources",
        "event_sources.EventSources",
        "permissions.Permissions",
        "concurrency.Concurrency",
        "provisioned.ProvisionedConcurrency",
        "layers.Layers",
        "layer_permissions.LayerPermissions",
        "powertools.PowertoolsLayers",
        "code_signing.CodeSigning",
        "urls.Urls",
        "tags.Tags",
        "accounts.Accounts",
    ),
    types={
        "AWS::Lambda::Function": "resources.FunctionType",
        "AWS::Lambda::Version": "resources.VersionType",
        "AWS::Lambda::Alias": "resources.AliasType",
        "AWS::Lambda::Permission": "resources.PermissionType",
        "AWS::Lambda::EventSourceMapping": "trigger_resources.EventSourceMappingType",
        "AWS::Lambda::EventInvokeConfig": "trigger_resources.EventInvokeConfigType",
        "AWS::Lambda::LayerVersion": "trigger_resources.LayerVersionType",
        "AWS::Lambda::LayerVersionPermission": "trigger_resources.LayerVersionPermissionType",
        "AWS::Lambda::CodeSigningConfig": "trigger_resources.CodeSigningConfigType",
        "AWS::Lambda::Url": "trigger_resources.UrlType",
    },
)
