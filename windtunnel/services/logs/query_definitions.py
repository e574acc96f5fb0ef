"""Saved queries of Logs Insights: kept and shown. Queries themselves are not built."""

from __future__ import annotations

from typing import Any

from windtunnel.aws.errors import ApiError
from windtunnel.services.logs.records import QueryDefinition
from windtunnel.services.logs.writing import LogTables, milliseconds, page


class QueryDefinitions(LogTables):
    def put_query_definition(
        self, ctx, name, queryString, queryDefinitionId=None, logGroupNames=(), queryLanguage="CWLI", clientToken=None
    ):
        if queryDefinitionId is not None and self.query_definitions.get(queryDefinitionId) is None:
            raise ApiError("ResourceNotFoundException", "The specified query definition does not exist.")
        made = self.query_definitions.put(
            QueryDefinition(
                id=queryDefinitionId or self.ids.uuid(), name=name, query=queryString, language=queryLanguage,
                log_groups=tuple(logGroupNames or ()), updated_at=self.clock.now(),
            )
        )  # fmt: skip
        return {"queryDefinitionId": made.id}

    def describe_query_definitions(
        self, ctx, queryLanguage=None, queryDefinitionNamePrefix="", maxResults=1000, nextToken=None
    ):
        found = [
            each
            for each in sorted(self.query_definitions.all(), key=lambda each: each.name)
            if each.name.startswith(queryDefinitionNamePrefix or "") and queryLanguage in (None, each.language)
        ]
        shown, token = page(found, nextToken, maxResults)
        return {"queryDefinitions": [_shown(each) for each in shown], "nextToken": token}

    def delete_query_definition(self, ctx, queryDefinitionId):
        if self.query_definitions.delete(queryDefinitionId) is None:
            raise ApiError("ResourceNotFoundException", "The specified query definition does not exist.")
        return {"success": True}


def _shown(definition: QueryDefinition) -> dict[str, Any]:
    return {
        "queryLanguage": definition.language,
        "queryDefinitionId": definition.id,
        "name": definition.name,
        "queryString": definition.query,
        "lastModified": milliseconds(definition.updated_at),
        "logGroupNames": list(definition.log_groups),
    }
