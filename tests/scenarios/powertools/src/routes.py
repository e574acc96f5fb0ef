"""The event handlers for each way that HTTP reaches a function."""

from aws_lambda_powertools.event_handler import (
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    CORSConfig,
    LambdaFunctionUrlResolver,
    Response,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError


def routed(app, **name):
    @app.get("/orders/<id>", **name)
    def order(id: str):
        if id == "none":
            raise NotFoundError("no such order")
        return {"id": id, "q": app.current_event.query_string_parameters or {}}

    @app.post("/orders", **name)
    def add():
        return Response(
            status_code=201,
            content_type="application/json",
            body=app.current_event.body,
            headers={"x-made": "yes"},
            cookies=[],
            compress=False,
        )

    @app.get("/large", compress=True)
    def large():
        return {"text": "x" * 5_000}

    return app


rest_app = routed(APIGatewayRestResolver(cors=CORSConfig(allow_origin="https://example.com")))
http_app = routed(APIGatewayHttpResolver(enable_validation=True))
linked_app = routed(LambdaFunctionUrlResolver())


def rest(event, context):
    return rest_app.resolve(event, context)


def http(event, context):
    return http_app.resolve(event, context)


def linked(event, context):
    return linked_app.resolve(event, context)
