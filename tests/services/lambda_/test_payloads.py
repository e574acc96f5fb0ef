"""What Lambda says of a payload that is not JSON."""

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import ECHO, create

VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
SOURCE = "Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"hello", f"Unrecognized token 'hello': was expecting {VALUE}\n at [{SOURCE}; line: 1, column: 6]"),
        (b"n\xff", f"Invalid UTF-8 start byte 0xff\n at [{SOURCE}; line: 1, column: 3]"),
        (
            b"\x90",
            f"Unexpected character ((CTRL-CHAR, code 144)): expected a valid value {VALUE}\n"
            f" at [{SOURCE}; line: 1, column: 1]",
        ),
        (
            b"{a: 1}",
            "Unexpected character ('a' (code 97)): was expecting double-quote to start field name\n"
            f" at [{SOURCE}; line: 1, column: 2]",
        ),
        (
            b'{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value\n"
            f" at [{SOURCE}; line: 1, column: 6]",
        ),
        (
            b"[1\n2]",
            "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries\n"
            f" at [{SOURCE}; line: 2, column: 1]",
        ),
        (
            b'{"a": 1',
            f"Unexpected end-of-input: expected close marker for Object (start marker at [{SOURCE}; line: 1, column: 1])\n"
            f" at [{SOURCE}; line: 1, column: 8]",
        ),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(cloud, payload, says):
    create(cloud, ECHO)

    with pytest.raises(ClientError) as failing:
        cloud.client("lambda").invoke(FunctionName="fn", Payload=payload)

    error = failing.value.response["Error"]
    assert error["Code"] == "InvalidRequestContentException"
    assert error["Message"] == f"Could not parse request body into json: Could not parse payload into json: {says}"


def test_a_client_context_is_json_in_base64(cloud):
    create(cloud, ECHO)

    with pytest.raises(ClientError, match="Client context must be a valid Base64-encoded JSON object"):
        cloud.client("lambda").invoke(FunctionName="fn", ClientContext="bm90IGpzb24=")
