"""What an order is, and which ones are refused. Knows nothing of AWS."""

import hashlib
import json

MOST_ITEMS = 100


class Refused(ValueError):
    """The order cannot be taken; the text is for the customer."""


def from_request(body):
    """The order in a request's body, with an id of its own. The same body gives the same id, so that a retry adds nothing."""
    try:
        wish = json.loads(body or "")
    except ValueError:
        raise Refused("The body must be JSON.") from None
    if not isinstance(wish, dict) or not isinstance(wish.get("customer"), str) or not wish["customer"]:
        raise Refused("An order needs a customer.")
    items = wish.get("items")
    if not isinstance(items, list) or not items:
        raise Refused("An order needs at least one item.")
    if len(items) > MOST_ITEMS:
        raise Refused(f"An order has at most {MOST_ITEMS} items.")
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("sku"), str) or not isinstance(item.get("quantity"), int):
            raise Refused("Each item needs a sku and a quantity.")
        if item["quantity"] < 1:
            raise Refused("A quantity is at least 1.")
    order = {"customer": wish["customer"], "items": [{"sku": i["sku"], "quantity": i["quantity"]} for i in items]}
    text = json.dumps([order, wish.get("reference", "")], sort_keys=True)
    return {"id": hashlib.sha256(text.encode()).hexdigest()[:16], **order}
