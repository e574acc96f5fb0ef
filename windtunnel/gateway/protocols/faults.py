"""What every protocol needs to know of an error before it writes it down."""

from __future__ import annotations

from typing import Any, NamedTuple

from windtunnel.aws.errors import ApiError
from windtunnel.aws.models import Operation, Service
from windtunnel.aws.shapes import Shape
from windtunnel.gateway.protocols import error_codes
from windtunnel.gateway.protocols.serialization import Mismatch


class Fault(NamedTuple):
    """An error with all that the model says about it."""

    name: str  # the error shape's name, or the code where no shape has it
    code: str  # the code as the query protocol names it
    status: int
    sender: bool
    message: str
    members: dict[str, Any]  # members of the shape, the message among them
    shape: Shape | None

    @property
    def blame(self) -> str:
        return "Sender" if self.sender else "Receiver"


def fault(service: Service | None, operation: Operation | None, error: ApiError) -> Fault:
    """The error as the service's model describes it."""
    named = error_codes.shape_name(service.name, error.code) if service is not None else error.code
    shape = service.error(named) if service is not None else None
    name = shape.name if shape is not None else named
    code = error_codes.query_code(service.name, name) if service is not None else name
    if shape is not None and shape.error.get("code"):
        code = shape.error["code"]
    status = error.status or _status(service, shape, name, error)
    sender = error.sender and status < 500 and not (shape is not None and shape.fault)
    members = dict(error.members)
    message = error.message
    if isinstance(error, Mismatch) and service is not None:
        message = error.message_of(service.name)
    if message:
        members[message_key(shape)] = message
    if shape is not None and "Type" in shape.members and "Type" not in members:
        members["Type"] = "User" if sender else "Service"
    return Fault(name, code, status, sender, message, members, shape)


def message_key(shape: Shape | None) -> str:
    """How this error spells its message."""
    if shape is not None:
        for member in shape.members:
            if member.lower() == "message":
                return member
    return "message"


def _status(service: Service | None, shape: Shape | None, name: str, error: ApiError) -> int:
    stated = shape.error.get("httpStatusCode") if shape is not None else None
    if stated is not None:
        return int(stated)
    known = error_codes.status(service.name if service is not None else "", name)
    if known is not None:
        return known
    if (shape is not None and shape.fault) or not error.sender:
        return 500
    return 400
