"""Requests that are no calls of AWS but traffic of the application: APIs and function URLs."""

from __future__ import annotations

import msgspec

from windtunnel.gateway.hosts import Host
from windtunnel.gateway.messages import Request


class DataPlane(msgspec.Struct):
    """
    A request for an API (`execute-api`) or a function URL (`lambda-url`) with that id, or the answer (`custom-resource`) to
    what CloudFormation asked under that token.

    `rest_of_path` is what the API or the function sees: for `execute-api` it begins with the stage, where the address
    has one. `region` is empty where the address does not say.
    """

    kind: str
    id: str
    request: Request
    rest_of_path: str
    region: str = ""


def data_plane(request: Request, host: Host) -> DataPlane | None:
    """
    The data plane that a request is for, by its host or by its path; None for calls of AWS.

        {id}.execute-api.…/{stage}/…            {id}.lambda-url.…/…
        /_api/{id}/{stage}/…                    /_url/{id}/…
        /restapis/{id}/{stage}/_user_request_/…
        /_cfn/{token}
    """
    if host.data_plane:
        return DataPlane(host.data_plane, host.id, request, request.path, host.region)
    path = request.path
    if path.startswith("/_api/"):
        return _under("execute-api", path[6:], request)
    if path.startswith("/_url/"):
        return _under("lambda-url", path[6:], request)
    if path.startswith("/_cfn/"):
        return _under("custom-resource", path[6:], request)
    if path.startswith("/restapis/") and "/_user_request_" in path:
        before, _, rest = path.partition("/_user_request_")
        parts = before.split("/")
        if len(parts) == 4 and (not rest or rest[0] == "/"):
            return DataPlane("execute-api", parts[2], request, f"/{parts[3]}{rest or '/'}")
    return None


def _under(kind: str, path: str, request: Request) -> DataPlane | None:
    name, slash, rest = path.partition("/")
    return DataPlane(kind, name, request, f"/{rest}" if slash else "/") if name else None
