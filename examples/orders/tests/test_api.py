"""The deployed application, from its API to the fulfilled order."""

import json
import urllib.error
import urllib.request

import boto3

ORDER = {"customer": "grace", "items": [{"sku": "lamp", "quantity": 3}]}


def request(method, url, content=None):
    body = None if content is None else json.dumps(content).encode()
    asked = urllib.request.Request(url, data=body, method=method, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_an_order_is_taken_and_fulfilled(outputs):
    status, taken = request("POST", f"{outputs['ApiUrl']}/orders", ORDER)
    assert status == 202

    archive = boto3.client("s3")
    archive.get_waiter("object_exists").wait(
        Bucket=outputs["ArchiveBucket"], Key=f"orders/{taken['id']}.json", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )

    status, shown = request("GET", f"{outputs['ApiUrl']}/orders/{taken['id']}")
    assert status == 200
    assert shown["state"] == "fulfilled"
    assert shown["pieces"] == 3


def test_an_order_without_items_is_refused(outputs):
    status, answer = request("POST", f"{outputs['ApiUrl']}/orders", {"customer": "grace", "items": []})
    assert status == 400
    assert "item" in answer["error"]


def test_an_unknown_order_is_not_found(outputs):
    status, _ = request("GET", f"{outputs['ApiUrl']}/orders/ffffffffffffffff")
    assert status == 404


def test_a_malformed_id_is_refused(outputs):
    status, _ = request("GET", f"{outputs['ApiUrl']}/orders/latest")
    assert status == 400
