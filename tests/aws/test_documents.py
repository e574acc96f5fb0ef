"""Parameters that a user wrote as JSON."""

import pytest

from windtunnel.aws.documents import parameters, sdk_operation
from windtunnel.aws.errors import ApiError


def test_services_and_actions_have_the_names_of_the_sdks():
    assert (sdk_operation("eventbridge", "putEvents").service.name, sdk_operation("sqs", "sendMessage").name) == (
        "events",
        "SendMessage",
    )
    with pytest.raises(KeyError):
        sdk_operation("sqs", "fly")


def test_members_are_found_in_either_case_and_texts_stand_for_bytes():
    wish = {"functionName": "f", "Payload": "{}", "invocationType": "Event"}

    assert parameters(sdk_operation("lambda", "invoke"), wish) == {
        "FunctionName": "f",
        "Payload": b"{}",
        "InvocationType": "Event",
    }


@pytest.mark.parametrize("wish", [[], {"Wings": 2}, {"QueueUrl": 7, "MessageBody": "x"}, {"MessageBody": "x"}])
def test_what_does_not_fit_is_refused(wish):
    with pytest.raises(ApiError):
        parameters(sdk_operation("sqs", "sendMessage"), wish)
