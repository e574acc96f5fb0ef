"""Platform applications, their endpoints, and what is pushed to them."""

import json

import pytest

from tests.services.sns.test_topics import refusal
from tests.services.sns.topics import topic

KEYS = {"PlatformCredential": "secret", "PlatformPrincipal": "id"}


@pytest.fixture
def application(cloud):
    made = cloud.client("sns").create_platform_application(Name="shop", Platform="ADM", Attributes=KEYS)
    return made["PlatformApplicationArn"]


@pytest.fixture
def endpoint(cloud, application):
    made = cloud.client("sns").create_platform_endpoint(PlatformApplicationArn=application, Token="phone")
    return made["EndpointArn"]


def letters(cloud):
    return [(entry.fact.protocol, entry.fact.address, entry.fact.text) for entry in cloud.records("LetterSent")]


def test_an_application_shows_everything_but_its_keys(cloud, application):
    sns = cloud.client("sns")

    sns.set_platform_application_attributes(
        PlatformApplicationArn=application, Attributes={"SuccessFeedbackSampleRate": "10"}
    )

    assert application == "arn:aws:sns:us-east-1:000000000000:app/ADM/shop"
    expected = {"Enabled": "true", "SuccessFeedbackSampleRate": "10"}
    assert sns.get_platform_application_attributes(PlatformApplicationArn=application)["Attributes"] == expected
    assert sns.list_platform_applications()["PlatformApplications"] == [
        {"PlatformApplicationArn": application, "Attributes": expected}
    ]


@pytest.mark.parametrize(
    ("name", "platform", "attributes", "problem"),
    [
        ("", "ADM", KEYS, "Name Reason: cannot be empty"),
        ("a" * 257, "ADM", KEYS, "Name Reason: must be at most 256 characters long"),
        (
            "a/b", "ADM", KEYS,
            "Name Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'",
        ),
        ("a", "PAGER", KEYS, "Platform Reason: PAGER is not supported"),
        ("a", "ADM", {"Colour": "red", **KEYS}, "Attributes Reason: Invalid attribute name: Colour"),
        (
            "a", "ADM", {"PlatformCredential": "x"},
            "Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal",
        ),
        (
            "a", "GCM", {"PlatformPrincipal": "x"},
            "Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_application_is_said(cloud, name, platform, attributes, problem):
    create = cloud.client("sns").create_platform_application

    refused = refusal(create, Name=name, Platform=platform, Attributes=attributes)

    assert refused == ("InvalidParameter", f"Invalid parameter: {problem}")


def test_some_platforms_need_no_principal(cloud):
    made = cloud.client("sns").create_platform_application(
        Name="a", Platform="GCM", Attributes={"PlatformCredential": "key"}
    )

    assert made["PlatformApplicationArn"].endswith(":app/GCM/a")


@pytest.mark.parametrize(
    ("arn", "code", "problem"),
    [
        ("shop", "InvalidParameter", "PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            "arn:aws:sns:us-east-1:000000000000:shop", "InvalidParameter",
            "PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.",
        ),
        ("arn:aws:sns:us-east-1:000000000000:app/ADM/none", "NotFound", "PlatformApplication does not exist"),
    ],
)  # fmt: skip
def test_an_application_that_is_not_there_is_not_found(cloud, arn, code, problem):
    get = cloud.client("sns").get_platform_application_attributes

    found = refusal(get, PlatformApplicationArn=arn)

    assert found == (code, problem if code == "NotFound" else f"Invalid parameter: {problem}")


def test_an_endpoint_keeps_its_token_and_data(cloud, application):
    sns = cloud.client("sns")
    wish = {"PlatformApplicationArn": application, "Token": "phone", "CustomUserData": "mine"}
    endpoint = sns.create_platform_endpoint(**wish, Attributes={"CustomUserData": "ours"})["EndpointArn"]

    assert sns.create_platform_endpoint(**wish)["EndpointArn"] == endpoint
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})

    expected = {"Enabled": "false", "Token": "phone", "CustomUserData": "mine"}
    assert sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"] == expected
    listed = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert listed == [{"EndpointArn": endpoint, "Attributes": expected}]


def test_the_same_token_with_other_data_is_refused(cloud, application, endpoint):
    create = cloud.client("sns").create_platform_endpoint

    _, problem = refusal(create, PlatformApplicationArn=application, Token="phone", CustomUserData="other")

    assert problem == (
        f"Invalid parameter: Token Reason: Endpoint {endpoint} already exists with the same Token, but different attributes."
    )


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"PlatformCredential": "x"}, "Invalid attribute name: PlatformCredential"),
        (
            {"CustomUserData": "é" * 1025},
            "Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
        ),
    ],
)
def test_an_endpoint_has_few_attributes(cloud, endpoint, attributes, problem):
    change = cloud.client("sns").set_endpoint_attributes

    refused = refusal(change, EndpointArn=endpoint, Attributes=attributes)

    assert refused == ("InvalidParameter", f"Invalid parameter: Attributes Reason: {problem}")


def test_endpoints_go_with_their_application(cloud, application, endpoint):
    sns = cloud.client("sns")

    for _ in range(2):
        sns.delete_platform_application(PlatformApplicationArn=application)

    assert refusal(sns.get_endpoint_attributes, EndpointArn=endpoint) == ("NotFound", "Endpoint does not exist")
    sns.delete_endpoint(EndpointArn=endpoint)


def test_what_is_pushed_goes_to_the_inbox(cloud, endpoint):
    bodies = {"default": "hello", "ADM": '{"data": 1}'}

    cloud.client("sns").publish(TargetArn=endpoint, Message="plain")
    cloud.client("sns").publish(TargetArn=endpoint, Message=json.dumps(bodies), MessageStructure="json")

    assert letters(cloud) == [("application", endpoint, "plain"), ("application", endpoint, '{"data": 1}')]


def test_a_subscribed_endpoint_gets_what_is_published(cloud, endpoint):
    sns, arn = cloud.client("sns"), topic(cloud)
    subscription = sns.subscribe(TopicArn=arn, Protocol="application", Endpoint=endpoint)["SubscriptionArn"]

    sns.publish(TopicArn=arn, Message="sale")
    cloud.settle()

    assert letters(cloud) == [("application", endpoint, "sale")]
    sns.delete_endpoint(EndpointArn=endpoint)
    assert [each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]] == [subscription]


def test_nothing_is_pushed_to_an_endpoint_that_is_disabled_or_gone(cloud, endpoint):
    sns = cloud.client("sns")
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})

    assert refusal(sns.publish, TargetArn=endpoint, Message="x") == ("EndpointDisabled", "Endpoint is disabled")
    sns.delete_endpoint(EndpointArn=endpoint)
    assert refusal(sns.publish, TargetArn=endpoint, Message="x") == (
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
    )
    assert letters(cloud) == []


def test_endpoints_survive_a_restart(started):
    sns = started().client("sns")
    application = sns.create_platform_application(Name="shop", Platform="ADM", Attributes=KEYS)[
        "PlatformApplicationArn"
    ]
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="phone")["EndpointArn"]

    sns = started().client("sns")

    assert sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"]["Token"] == "phone"


def test_a_topic_keeps_its_data_protection_policy(cloud):
    sns, arn = cloud.client("sns"), topic(cloud)
    policy = json.dumps({"Name": "mails", "Version": "2021-06-01", "Statement": []})

    assert "DataProtectionPolicy" not in sns.get_data_protection_policy(ResourceArn=arn)
    sns.put_data_protection_policy(ResourceArn=arn, DataProtectionPolicy=policy)

    assert sns.get_data_protection_policy(ResourceArn=arn)["DataProtectionPolicy"] == policy
    code, problem = refusal(sns.put_data_protection_policy, ResourceArn=arn, DataProtectionPolicy="{no")
    assert code == "InvalidParameter"
    assert problem.startswith("Invalid parameter: DataProtectionPolicy: failed to parse JSON.")
