"""Operations on pipes."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.aws.operations import Operations
from windtunnel.aws.paging import page
from windtunnel.fabric.checkpoints import Checkpoint
from windtunnel.kernel.tables import Table
from windtunnel.services.pipes import enrichments, executions, sources, targets
from windtunnel.services.pipes.records import Pipe


class PipeTables(Operations, api="pipes"):
    pipes = Table(Pipe, key="name")
    checkpoints = Table(Checkpoint, key="shard", within="reader")

    def pipe_at(self, name: str) -> Pipe:
        found = self.pipes.get(name)
        if found is None:
            raise ApiError("NotFoundException", f"Pipe {name} does not exist.")
        return found


class Pipes(PipeTables):
    inert = {
        "CreatePipe.KmsKeyIdentifier": "Stored nowhere: pipes are not encrypted on this machine.",
        "UpdatePipe.KmsKeyIdentifier": "Stored nowhere: pipes are not encrypted on this machine.",
    }

    async def create_pipe(
        self, ctx, Name, Source, Target, RoleArn, Description="", DesiredState="RUNNING", SourceParameters=None, Enrichment="",
        EnrichmentParameters=None, TargetParameters=None, Tags=None, LogConfiguration=None,
    ):  # fmt: skip
        if self.pipes.get(Name) is not None:
            raise ApiError(
                "ConflictException", f"Pipe {Name} already exists.", resourceId=Name, resourceType="Pipe"
            )  # fmt: skip
        kept = sources.parameters(Source, SourceParameters)
        targets.check(Target, TargetParameters or {})
        executions.check(LogConfiguration)
        if Enrichment:
            enrichments.check(Enrichment)
        now = self.clock.now()
        pipe = Pipe(
            name=Name, arn=self.home.arn("pipes", f"pipe/{Name}"), source=Source, target=Target, role=RoleArn, created_at=now,
            modified_at=now, source_parameters=kept, target_parameters=TargetParameters or {}, enrichment=Enrichment,
            enrichment_parameters=EnrichmentParameters or {}, description=Description, log_configuration=LogConfiguration or {},
            runs=DesiredState == "RUNNING", tags=dict(Tags or {}),
        )  # fmt: skip
        self.pipes.put(pipe)
        await self.noun("Running").open(pipe, "CREATE_FAILED")
        return _told(pipe, "CREATING")

    async def update_pipe(
        self, ctx, Name, RoleArn, Description=None, DesiredState=None, SourceParameters=None, Enrichment=None,
        EnrichmentParameters=None, Target=None, TargetParameters=None, LogConfiguration=None,
    ):  # fmt: skip
        """What is not named stays as it is. AWS: eventbridge/latest/pipes-reference/API_UpdatePipe.html"""
        known = self.pipe_at(Name)
        changed = replace(
            known, role=RoleArn, modified_at=self.clock.now(),
            source_parameters=sources.parameters(known.source, SourceParameters, known.source_parameters),
            description=known.description if Description is None else Description,
            runs=known.runs if DesiredState is None else DesiredState == "RUNNING",
            enrichment=known.enrichment if Enrichment is None else Enrichment,
            enrichment_parameters=known.enrichment_parameters if EnrichmentParameters is None else EnrichmentParameters,
            target=Target or known.target,
            target_parameters=known.target_parameters if TargetParameters is None else TargetParameters,
            log_configuration=known.log_configuration if LogConfiguration is None else LogConfiguration,
        )  # fmt: skip
        targets.check(changed.target, changed.target_parameters)
        executions.check(LogConfiguration)
        if changed.enrichment:
            enrichments.check(changed.enrichment)
        self.noun("Running").stop(Name)
        self.pipes.put(changed)
        await self.noun("Running").open(changed, "UPDATE_FAILED")
        return _told(changed, "UPDATING")

    async def start_pipe(self, ctx, Name):
        known = self.pipe_at(Name)
        if known.state == "RUNNING":
            raise ApiError(
                "ConflictException", f"Pipe {Name} is already running.", resourceId=Name, resourceType="Pipe"
            )
        started = self.pipes.put(replace(known, runs=True, modified_at=self.clock.now()))
        await self.noun("Running").open(started, "START_FAILED")
        return _told(started, "STARTING")

    def stop_pipe(self, ctx, Name):
        known = self.pipe_at(Name)
        if known.state == "STOPPED":
            raise ApiError(
                "ConflictException", f"Pipe {Name} is already stopped.", resourceId=Name, resourceType="Pipe"
            )
        self.noun("Running").stop(Name)
        stopped = self.pipes.put(replace(known, runs=False, state="STOPPED", modified_at=self.clock.now()))
        return _told(stopped, "STOPPING")

    def delete_pipe(self, ctx, Name):
        known = self.pipe_at(Name)
        self.noun("Running").forget(known)
        self.pipes.delete(Name)
        return {**_told(known, "DELETING"), "DesiredState": "DELETED"}

    def describe_pipe(self, ctx, Name):
        pipe = self.pipe_at(Name)
        more = {
            "Source": pipe.source,
            "SourceParameters": pipe.source_parameters,
            "Target": pipe.target,
            "TargetParameters": pipe.target_parameters,
            "RoleArn": pipe.role,
            "Tags": pipe.tags,
        }
        optional = {
            "Description": pipe.description,
            "StateReason": pipe.reason,
            "Enrichment": pipe.enrichment,
            "EnrichmentParameters": pipe.enrichment_parameters if pipe.enrichment else {},
            "LogConfiguration": pipe.log_configuration,
        }
        return {**_told(pipe, pipe.state), **more, **{name: value for name, value in optional.items() if value}}

    def list_pipes(
        self, ctx, NamePrefix="", DesiredState=None, CurrentState=None, SourcePrefix="", TargetPrefix="", NextToken=None,
        Limit=None,
    ):  # fmt: skip
        found = [
            {
                **_told(pipe, pipe.state),
                "Source": pipe.source,
                "Target": pipe.target,
                **({"Enrichment": pipe.enrichment} if pipe.enrichment else {}),
                **({"StateReason": pipe.reason} if pipe.reason else {}),
            }
            for pipe in sorted(self.pipes.all(), key=lambda pipe: pipe.name)
            if pipe.name.startswith(NamePrefix)
            and pipe.source.startswith(SourcePrefix)
            and pipe.target.startswith(TargetPrefix)
            and DesiredState in (None, _desired(pipe))
            and CurrentState in (None, pipe.state)
        ]
        return page("Pipes", found, NextToken, Limit)


def _desired(pipe: Pipe) -> str:
    return "RUNNING" if pipe.runs else "STOPPED"


def _told(pipe: Pipe, state: str) -> dict[str, Any]:
    return {
        "Arn": pipe.arn,
        "Name": pipe.name,
        "DesiredState": _desired(pipe),
        "CurrentState": state,
        "CreationTime": pipe.created_at,
        "LastModifiedTime": pipe.modified_at,
    }
