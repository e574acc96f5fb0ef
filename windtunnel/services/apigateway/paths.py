"""Operations on resources: the tree of an API's paths."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from windtunnel.aws.errors import ApiError
from windtunnel.services.apigateway.patches import invalid
from windtunnel.services.apigateway.records import Path
from windtunnel.services.apigateway.rest_apis import RestApiTables

_PART = re.compile(r"[a-zA-Z0-9._\-:]+|\{[a-zA-Z0-9._\-:]+\+?\}")


class Paths(RestApiTables):
    def create_resource(self, ctx, restApiId, parentId, pathPart):
        return self.shown(self.under(self.path_with(restApiId, parentId), pathPart))

    def under(self, parent: Path, part: str) -> Path:
        """A new resource. Raises ConflictException where there is one of that name."""
        self._check(parent, part)
        path = f"{parent.path.rstrip('/')}/{part}"
        return self.paths.put(Path(api=parent.api, id=self.new_id(6), path=path, part=part, parent=parent.id))

    def _check(self, parent: Path, part: str) -> None:
        if _PART.fullmatch(part) is None:
            raise ApiError("BadRequestException", "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable "
                "and curly braces at the beginning and the end.")  # fmt: skip
        siblings = [each for each in self.paths.all(parent.api) if each.parent == parent.id and each.id]
        if any(each.part == part for each in siblings):
            raise ApiError("ConflictException", f"Another resource with the same parent already has this name: {part}")
        if part[0] == "{" and any(each.part[:1] == "{" and ("+" in each.part) == ("+" in part) for each in siblings):
            raise ApiError("BadRequestException", f"A sibling ({next(e.part for e in siblings if e.part[:1] == '{')}) of this "
                f"resource already has a variable path part -- only one is allowed")  # fmt: skip

    def get_resource(self, ctx, restApiId, resourceId, embed=None):
        return self.shown(self.path_with(restApiId, resourceId), bool(embed))

    def get_resources(self, ctx, restApiId, position=None, limit=None, embed=None):
        self.api_with(restApiId)
        return self.paged([self.shown(path, bool(embed)) for path in self.paths.all(restApiId)], limit, position)

    def update_resource(self, ctx, restApiId, resourceId, patchOperations=None):
        path = self.path_with(restApiId, resourceId)
        for operation in patchOperations or ():
            target, value = operation["path"], operation.get("value", "")
            if target not in ("/pathPart", "/parentId") or operation["op"] != "replace":
                raise invalid(target, operation["op"])
            if not path.parent:
                raise ApiError("BadRequestException", f"Root resource cannot update its {target[1:]}.")
            parent = self.path_with(restApiId, value if target == "/parentId" else path.parent)
            part = value if target == "/pathPart" else path.part
            self._check(parent, part)
            path = self.paths.put(replace(path, parent=parent.id, part=part, path=f"{parent.path.rstrip('/')}/{part}"))
        self._rename(path)
        return self.shown(path)

    def _rename(self, parent: Path) -> None:
        for child in self.paths.all(parent.api):
            if child.parent == parent.id:
                self._rename(self.paths.put(replace(child, path=f"{parent.path.rstrip('/')}/{child.part}")))

    def delete_resource(self, ctx, restApiId, resourceId):
        path = self.path_with(restApiId, resourceId)
        if not path.parent:
            raise ApiError("BadRequestException", "Root resource cannot be deleted.")
        self._remove(path)

    def _remove(self, path: Path) -> None:
        for child in self.paths.all(path.api):
            if child.parent == path.id:
                self._remove(child)
        for method in self.methods.all(path.api):
            if method.resource == path.id:
                self.methods.delete(path.api, method.key)
        self.paths.delete(path.api, path.id)

    def shown(self, path: Path, whole: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = {"id": path.id, "path": path.path}
        if path.parent:
            answer |= {"parentId": path.parent, "pathPart": path.part}
        own = {m.method: m.members if whole else {} for m in self.methods.all(path.api) if m.resource == path.id}
        if own:
            answer["resourceMethods"] = own
        return answer
