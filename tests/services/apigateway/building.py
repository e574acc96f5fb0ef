"""REST APIs for tests: built call by call, deployed, asked."""

from __future__ import annotations

from typing import Any

PROXY = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"


class Building:
    """A REST API under way; `deploy` makes what it is by then the stage `dev`."""

    def __init__(self, cloud, **members: Any) -> None:
        self.client = cloud.client("apigateway")
        made = self.client.create_rest_api(name="shop", **members)
        self.id, self.root = made["id"], made["rootResourceId"]

    def resource(self, path: str) -> str:
        """The id of the resource of that path, made with all above it."""
        at = self.root
        known = {each["path"]: each["id"] for each in self.client.get_resources(restApiId=self.id, limit=500)["items"]}
        whole = ""
        for part in [part for part in path.split("/") if part]:
            whole += f"/{part}"
            if whole not in known:
                made = self.client.create_resource(restApiId=self.id, parentId=at, pathPart=part)
                known[whole] = made["id"]
            at = known[whole]
        return at

    def method(self, path: str, method: str, authorization: str = "NONE", **members: Any) -> dict[str, str]:
        """The place of a new method, for the calls that go on from it."""
        place = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": method}
        self.client.put_method(**place, authorizationType=authorization, **members)
        return place

    def proxy(self, path: str, method: str, arn: str, timeout: int | None = None, **members: Any) -> dict[str, str]:
        place = self.method(path, method, **members)
        more = {"timeoutInMillis": timeout} if timeout else {}
        self.client.put_integration(
            **place, type="AWS_PROXY", integrationHttpMethod="POST", uri=PROXY.format(arn), **more
        )
        return place

    def mock(self, path: str, method: str, template: str = '{"statusCode": 200}', **integration: Any) -> dict[str, str]:
        place = self.method(path, method)
        templates = {"application/json": template} if template else {}
        self.client.put_integration(**place, type="MOCK", requestTemplates=templates, **integration)
        return place

    def answer(self, place: dict[str, str], status: str = "200", **members: Any) -> None:
        self.client.put_method_response(**place, statusCode=status)
        self.client.put_integration_response(**place, statusCode=status, **members)

    def deploy(self, stage: str = "dev", **members: Any) -> str:
        self.client.create_deployment(restApiId=self.id, stageName=stage, **members)
        return f"/_api/{self.id}/{stage}"
