"""Which orders are refused: the logic alone, without AWS."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "src" / "take_order"))

import orders  # noqa: E402

GOOD = {"customer": "ada", "items": [{"sku": "kettle", "quantity": 2}]}


def test_the_same_order_has_the_same_id():
    assert orders.from_request(json.dumps(GOOD))["id"] == orders.from_request(json.dumps(GOOD))["id"]


def test_a_reference_tells_equal_orders_apart():
    assert orders.from_request(json.dumps({**GOOD, "reference": "2"}))["id"] != orders.from_request(json.dumps(GOOD))["id"]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"customer": "ada"}', '{"customer": "ada", "items": [{"sku": "kettle", "quantity": 0}]}'],
)
def test_what_is_no_order_is_refused(body):
    with pytest.raises(orders.Refused):
        orders.from_request(body)
