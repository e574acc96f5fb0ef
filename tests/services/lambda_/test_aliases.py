"""How a function is shown depends on how it was asked for: by version, by alias, in a listing."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create

ARN = "arn:aws:lambda:us-east-1:000000000000:function:fn"


@pytest.mark.parametrize("qualifier", ["$LATEST", "1", "live"])
def test_a_qualifier_asked_for_is_part_of_the_arn_shown(cloud, qualifier):
    aws = cloud.client("lambda")
    create(cloud, ECHO, Publish=True)
    aws.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")

    shown = aws.get_function(FunctionName="fn", Qualifier=qualifier)["Configuration"]

    assert shown["FunctionArn"] == f"{ARN}:{qualifier}"


def test_without_a_qualifier_the_arn_has_none(cloud):
    create(cloud, ECHO)

    assert cloud.client("lambda").get_function_configuration(FunctionName="fn")["FunctionArn"] == ARN


def test_a_function_published_at_once_is_pending_in_the_answer(cloud):
    made = create(cloud, ECHO, Publish=True)

    assert (made["Version"], made["State"]) == ("1", "Pending")
    assert "LastUpdateStatus" not in made


def test_listings_leave_out_what_is_under_way(cloud):
    create(cloud, ECHO, Publish=True)
    aws = cloud.client("lambda")

    listed = aws.list_functions()["Functions"] + aws.list_versions_by_function(FunctionName="fn")["Versions"]

    for entry in listed:
        assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & entry.keys()


def test_all_versions_are_listed_with_their_qualifier(cloud):
    create(cloud, ECHO, Publish=True)

    listed = cloud.client("lambda").list_functions(FunctionVersion="ALL")["Functions"]

    assert [entry["FunctionArn"] for entry in listed] == [f"{ARN}:$LATEST", f"{ARN}:1"]


@pytest.mark.parametrize("name", ["fn", "nowhere"])
def test_latest_is_not_deleted_by_itself(cloud, name):
    create(cloud, ECHO)

    with pytest.raises(ClientError, match=r"\$LATEST version cannot be deleted without deleting the function."):
        cloud.client("lambda").delete_function(FunctionName=name, Qualifier="$LATEST")


@pytest.mark.parametrize(("length", "fits"), [(4080, True), (4081, False)])
def test_variables_are_measured_as_json(cloud, length, fits):
    variables = {"LARGE_VAR": "x" * length}

    if fits:
        assert create(cloud, ECHO, Environment={"Variables": variables})["Environment"]["Variables"] == variables
    else:
        with pytest.raises(ClientError, match="exceeded the 4KB limit"):
            create(cloud, ECHO, Environment={"Variables": variables})


def test_a_request_that_is_too_large_is_refused(cloud):
    with pytest.raises(ClientError) as failing:
        create(cloud, ECHO, Code={"ZipFile": bytes(52_700_000)})

    answer = failing.value.response
    assert answer["Error"]["Code"] == "RequestEntityTooLargeException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_the_weights_of_an_alias_hold_for_triggers_too(cloud):
    create(cloud, ECHO, Publish=True)
    aws = cloud.client("lambda")
    aws.update_function_configuration(FunctionName="fn", Description="second")
    aws.publish_version(FunctionName="fn")
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    aws.create_alias(FunctionName="fn", Name="live", FunctionVersion="1", RoutingConfig=routing)
    url = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:jobs"
    aws.create_event_source_mapping(FunctionName="fn:live", EventSourceArn=arn, BatchSize=1)

    for number in range(20):
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    cloud.advance(30)

    versions = [entry.fact.version for entry in cloud.records("Invoked")]
    assert len(versions) == 20
    assert set(versions) == {"1", "2"}
