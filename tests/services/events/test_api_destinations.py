"""Connections and API destinations: what they show, what an endpoint gets, and what becomes of an answer."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.services.events.events import put
from tests.services.sns.test_topics import refusal
from tests.services.sns.topics import queue, received

KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "s3cret"}}


class Endpoint:
    """Answers what `answers` says (status, headers, body), in turn, the last one for ever; keeps the requests."""

    def __init__(self):
        self.answers = [(200, {}, b"{}")]
        self.requests = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                endpoint.requests.append((self.command, self.path, dict(self.headers), body.decode()))
                status, headers, answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def connected(cloud, kind="API_KEY", parameters=None):
    wish = {"Name": "shop", "AuthorizationType": kind, "AuthParameters": parameters or KEY}
    arn = cloud.client("events").create_connection(**wish)["ConnectionArn"]
    cloud.settle()
    return arn


def destined(cloud, url, connection=None, target=None, **members):
    """A rule whose target is an API destination."""
    events = cloud.client("events")
    wish = {
        "Name": "orders",
        "ConnectionArn": connection or connected(cloud),
        "HttpMethod": "POST",
        "InvocationEndpoint": url,
    }
    arn = events.create_api_destination(**{**wish, **members})["ApiDestinationArn"]
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    role = "arn:aws:iam::000000000000:role/events"
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn, "RoleArn": role, **(target or {})}])
    return arn


def oauth(endpoint, method="POST"):
    client = {"ClientID": "me", "ClientSecret": "t0psecret"}
    return {
        "OAuthParameters": {
            "ClientParameters": client,
            "AuthorizationEndpoint": f"{endpoint.url}/token",
            "HttpMethod": method,
        }
    }


def test_a_connection_is_shown_without_its_secrets(cloud):
    events = cloud.client("events")
    arn = connected(cloud)

    shown = events.describe_connection(Name="shop")

    assert shown["ConnectionArn"] == arn and arn.split("/")[0].endswith("000000000000:connection")
    assert (shown["ConnectionState"], shown["AuthorizationType"]) == ("AUTHORIZED", "API_KEY")
    assert shown["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key"}, "InvocationHttpParameters": {}}
    assert ":secretsmanager:" in shown["SecretArn"] and "secret:events!connection/shop/" in shown["SecretArn"]
    [listed] = events.list_connections()["Connections"]
    assert set(listed) == {
        "AuthorizationType", "ConnectionArn", "ConnectionState", "CreationTime", "LastAuthorizedTime", "LastModifiedTime", "Name",
    }  # fmt: skip


def test_secret_values_of_http_parameters_are_hidden(cloud):
    headers = [
        {"Key": "a", "Value": "open", "IsValueSecret": False},
        {"Key": "b", "Value": "hidden", "IsValueSecret": True},
    ]
    connected(cloud, parameters={**KEY, "InvocationHttpParameters": {"HeaderParameters": headers}})

    shown = cloud.client("events").describe_connection(Name="shop")["AuthParameters"]["InvocationHttpParameters"]

    assert shown["HeaderParameters"] == [headers[0], {"Key": "b", "IsValueSecret": True}]


def test_a_deleted_connection_is_gone_at_once(cloud):
    events = cloud.client("events")
    connected(cloud)

    assert events.delete_connection(Name="shop")["ConnectionState"] == "DELETING"

    words = "Failed to describe the connection(s). Connection 'shop' does not exist."
    assert refusal(events.describe_connection, Name="shop") == ("ResourceNotFoundException", words)


def test_an_api_destination_is_made_shown_changed_listed_and_deleted(cloud):
    events = cloud.client("events")
    connection = connected(cloud)
    wish = {"ConnectionArn": connection, "HttpMethod": "POST", "InvocationEndpoint": "https://example.com/api"}

    made = events.create_api_destination(Name="orders", Description="first", **wish)
    assert (made["ApiDestinationState"], made["CreationTime"]) == ("ACTIVE", made["LastModifiedTime"])
    shown = events.describe_api_destination(Name="orders")
    assert (shown["InvocationRateLimitPerSecond"], shown["Description"]) == (300, "first")
    events.update_api_destination(
        Name="orders", HttpMethod="PUT", InvocationEndpoint="https://example.com/v2", Description="x"
    )
    [listed] = events.list_api_destinations()["ApiDestinations"]
    assert (listed["HttpMethod"], listed["InvocationEndpoint"]) == ("PUT", "https://example.com/v2")
    events.delete_api_destination(Name="orders")

    words = "Failed to describe the api-destination(s). An api-destination 'orders' does not exist."
    assert refusal(events.describe_api_destination, Name="orders") == ("ResourceNotFoundException", words)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"InvocationEndpoint": "http://example.com"}, "is not an HTTPS address"),
        (
            {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/none/x"},
            "Connection 'none' does not exist.",
        ),
        ({"Name": "no spaces!"}, "Member must satisfy regular expression pattern"),
    ],
)
def test_an_api_destination_that_cannot_work_is_refused(cloud, members, words):
    wish = {
        "Name": "d",
        "ConnectionArn": connected(cloud),
        "HttpMethod": "POST",
        "InvocationEndpoint": "https://example.com",
    }

    assert words in refusal(cloud.client("events").create_api_destination, **{**wish, **members})[1]


def test_authorization_parameters_must_fit_their_type(cloud):
    wish = {"Name": "c", "AuthorizationType": "BASIC", "AuthParameters": KEY}

    assert "BasicAuthParameters must be provided" in refusal(cloud.client("events").create_connection, **wish)[1]


def test_an_endpoint_gets_the_event_with_the_key(cloud, endpoint):
    destined(cloud, f"{endpoint.url}/hook?v=1")

    put(cloud)
    cloud.settle()

    [(method, path, headers, body)] = endpoint.requests
    assert (method, path, headers["X-Key"]) == ("POST", "/hook?v=1", "s3cret")
    assert headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(body)["detail"] == {"total": 7, "items": ["a", "b"]}
    assert "s3cret" not in repr(cloud.records())


def test_parameters_of_connection_and_target_are_put_together(cloud, endpoint):
    def given(value):
        return [{"Key": "who", "Value": value, "IsValueSecret": False}]

    http = {"HeaderParameters": given("c"), "QueryStringParameters": given("c"), "BodyParameters": given("c")}
    connection = connected(cloud, parameters={**KEY, "InvocationHttpParameters": http})
    of_target = {
        "PathParameterValues": ["7", "a b"],
        "HeaderParameters": {"who": "t", "more": "t"},
        "QueryStringParameters": {"who": "t", "more": "t"},
    }
    target = {"HttpParameters": of_target, "Input": '{"n": 1}'}
    destined(cloud, f"{endpoint.url}/orders/*/items/*", connection, target, HttpMethod="PUT")

    put(cloud)
    cloud.settle()

    [(method, path, headers, body)] = endpoint.requests
    parts = urlsplit(path)
    assert (method, parts.path, parse_qs(parts.query)) == (
        "PUT",
        "/orders/7/items/a%20b",
        {"who": ["c"], "more": ["t"]},
    )
    assert (headers["who"], headers["more"], json.loads(body)) == ("c", "t", {"n": 1, "who": "c"})


def test_a_password_goes_as_basic_authorization(cloud, endpoint):
    parameters = {"BasicAuthParameters": {"Username": "ada", "Password": "pw"}}
    destined(cloud, endpoint.url, connected(cloud, "BASIC", parameters))

    put(cloud)
    cloud.settle()

    assert endpoint.requests[0][2]["Authorization"] == "Basic " + base64.b64encode(b"ada:pw").decode()


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_client_credentials_are_exchanged_for_a_token(cloud, endpoint, method):
    endpoint.answers = [(200, {}, b'{"access_token": "tok", "expires_in": 3600}'), (200, {}, b"")]
    connection = connected(cloud, "OAUTH_CLIENT_CREDENTIALS", oauth(endpoint, method))
    assert cloud.client("events").describe_connection(Name="shop")["ConnectionState"] == "AUTHORIZED"
    destined(cloud, f"{endpoint.url}/hook", connection)

    put(cloud)
    cloud.settle()

    asked, called = endpoint.requests
    assert asked[0] == method and asked[2]["Authorization"] == "Basic " + base64.b64encode(b"me:t0psecret").decode()
    assert "grant_type=client_credentials" in (asked[3] if method == "POST" else asked[1])
    assert called[2]["Authorization"] == "Bearer tok"


def test_a_token_is_renewed_before_it_ends_and_when_it_is_refused(cloud, endpoint):
    def token(name):
        return (200, {}, json.dumps({"access_token": name, "expires_in": 600}).encode())

    endpoint.answers = [token("one"), token("two"), (401, {}, b""), token("three"), (200, {}, b"")]
    destined(cloud, f"{endpoint.url}/hook", connected(cloud, "OAUTH_CLIENT_CREDENTIALS", oauth(endpoint)))
    cloud.advance(minutes=9, seconds=30)

    put(cloud)
    cloud.advance(minutes=1)

    bearers = [headers["Authorization"] for _, path, headers, _ in endpoint.requests if path == "/hook"]
    assert bearers == ["Bearer two", "Bearer three"]


def test_an_authorization_that_fails_leaves_the_connection_deauthorized(cloud, endpoint):
    endpoint.answers = [(403, {}, b"no")]
    events = cloud.client("events")
    connection = connected(cloud, "OAUTH_CLIENT_CREDENTIALS", oauth(endpoint))

    shown = events.describe_connection(Name="shop")
    assert shown["ConnectionState"] == "DEAUTHORIZED" and "answered 403" in shown["StateReason"]
    assert shown["AuthParameters"]["OAuthParameters"]["ClientParameters"] == {"ClientID": "me"}
    destined(cloud, endpoint.url, connection)
    assert events.describe_api_destination(Name="orders")["ApiDestinationState"] == "INACTIVE"


def test_an_answer_that_may_get_better_is_tried_again(cloud, endpoint):
    endpoint.answers = [(503, {}, b""), (429, {}, b""), (200, {}, b"")]
    destined(cloud, endpoint.url)

    put(cloud)
    cloud.advance(minutes=2)

    assert len(endpoint.requests) == 3
    assert [entry.fact.attempt for entry in cloud.records("TargetInvoked")] == [3]


def test_an_answer_that_is_final_goes_to_the_dead_letter_queue(cloud, endpoint):
    endpoint.answers = [(404, {}, b"")]
    dead, arn = queue(cloud, "dead")
    destined(cloud, endpoint.url, target={"DeadLetterConfig": {"Arn": arn}})

    put(cloud)
    cloud.settle()

    [message] = received(cloud, dead)
    texts = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (texts["ERROR_CODE"], texts["ERROR_MESSAGE"]) == ("ERROR_FROM_TARGET", "orders answered 404.")
    assert len(endpoint.requests) == 1


def test_nobody_at_the_address_is_tried_again_until_the_retries_end(cloud):
    dead, arn = queue(cloud, "dead")
    destined(
        cloud,
        "http://127.0.0.1:9/",
        target={"DeadLetterConfig": {"Arn": arn}, "RetryPolicy": {"MaximumRetryAttempts": 2}},
    )

    put(cloud)
    cloud.advance(minutes=2)

    [message] = received(cloud, dead)
    texts = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (texts["ERROR_CODE"], texts["RETRY_ATTEMPTS"]) == ("CONNECTION_FAILURE", "2")


def test_calls_keep_to_the_rate_of_their_destination(cloud, endpoint):
    destined(cloud, endpoint.url, InvocationRateLimitPerSecond=1)
    for _ in range(4):
        put(cloud)
    cloud.settle()
    assert len(endpoint.requests) == 1

    cloud.advance(seconds=3)

    assert len(endpoint.requests) == 4


def test_a_deauthorized_connection_forgets_its_secret_and_lets_nothing_through(cloud, endpoint):
    events = cloud.client("events")
    destined(cloud, endpoint.url)

    assert events.deauthorize_connection(Name="shop")["ConnectionState"] == "DEAUTHORIZING"
    put(cloud)
    cloud.settle()

    assert events.describe_connection(Name="shop")["AuthParameters"] == {}
    assert endpoint.requests == []
    assert len(cloud.records("EventLostByRule")) == 1


def test_an_update_changes_only_what_it_names(cloud, endpoint):
    events = cloud.client("events")
    destined(cloud, endpoint.url)
    events.update_connection(Name="shop", AuthParameters={"ApiKeyAuthParameters": {"ApiKeyValue": "other"}})

    put(cloud)
    cloud.settle()

    assert endpoint.requests[0][2]["X-Key"] == "other"


def test_connections_are_kept_over_a_restart(started, endpoint):
    cloud = started()
    destined(cloud, endpoint.url)
    cloud = started()

    put(cloud)
    cloud.settle()

    assert endpoint.requests[0][2]["X-Key"] == "s3cret"


def test_both_come_from_templates(cloud, tmp_path, endpoint):
    (tmp_path / "template.yaml").write_text(f"""
Resources:
  Shop:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: API_KEY
      AuthParameters: {{ApiKeyAuthParameters: {{ApiKeyName: X-Key, ApiKeyValue: k}}}}
  Hook:
    Type: AWS::Events::ApiDestination
    Properties:
      ConnectionArn: !GetAtt Shop.Arn
      InvocationEndpoint: {endpoint.url}/hook
      HttpMethod: POST
      InvocationRateLimitPerSecond: "10"
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {{source: [shop]}}
      Targets: [{{Id: "1", Arn: !GetAtt Hook.Arn, RoleArn: arn:aws:iam::000000000000:role/r}}]
""")
    cloud.deploy(tmp_path)
    put(cloud)
    cloud.settle()
    assert endpoint.requests[0][1] == "/hook"

    [stack] = cloud.client("cloudformation").describe_stacks()["Stacks"]
    cloud.client("cloudformation").delete_stack(StackName=stack["StackName"])
    cloud.settle()
    assert cloud.client("events").list_connections()["Connections"] == []
    assert cloud.client("events").list_api_destinations()["ApiDestinations"] == []
