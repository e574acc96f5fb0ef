"""
Several writes as one: made all or none, and not a second time for the same token.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from windtunnel.aws.errors import ApiError
from windtunnel.services.dynamodb import writes
from windtunnel.services.dynamodb.capacity import TRANSACTION_FACTOR, Consumed, written
from windtunnel.services.dynamodb.changes import ChangeLog
from windtunnel.services.dynamodb.facts import ItemWritten
from windtunnel.services.dynamodb.records import Row, Token
from windtunnel.services.dynamodb.values import invalid

REMEMBERED_S = 600
LARGEST_BYTES = 4 * 1024 * 1024
"""All items of a transaction together. AWS: .../APIReference/API_TransactWriteItems.html"""
_FORGOTTEN_AT_ONCE = 100
CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "DuplicateItemException": "DuplicateItem",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "ThrottlingException": "ThrottlingError",
}


class Commits(ChangeLog):
    def commit(self, made: list[writes.Write | ApiError], shows: list[bool], operation: str) -> list[Consumed]:
        """
        Make all of these writes; the capacity by table. Raises TransactionCanceledException when one of them is refused, with the
        reason of each.
        """
        places = [(write.table.id, write.key) for write in made if isinstance(write, writes.Write)]
        if len(set(places)) < len(places):
            raise invalid("Transaction request cannot include multiple operations on one item")
        problems: list[ApiError | None] = []
        outcomes: list[tuple[writes.Write, Row | None, Row | None]] = []
        for write, show in zip(made, shows, strict=True):
            if isinstance(write, ApiError):
                problems.append(write)
                continue
            old = self.rows.get(write.table.id, write.key)
            try:
                write.check(old, show)
                outcomes.append((write, old, write.outcome(old)))
                problems.append(None)
            except ApiError as error:
                problems.append(error)
        if any(problems):
            raise cancelled(problems)
        check_size(sum(new.size for _, _, new in outcomes if new is not None))
        consumed: dict[str, Consumed] = {}
        for number, (write, old, new) in enumerate(outcomes):
            table = write.table
            units = written(table, old, new, TRANSACTION_FACTOR)
            try:
                self.throughput.spend(units)
            except ApiError as error:
                raise cancelled([error if each == number else None for each in range(len(made))]) from None
            self.write(table, old, new)
            consumed.setdefault(table.id, Consumed(table, reads=False)).merge(units)
            self.home.record(ItemWritten(table.name, operation, units.total))
        return list(consumed.values())

    def was_made(self, token: str | None, request: str) -> bool:
        """Whether a transaction with this token was made lately. Raises IdempotentParameterMismatchException for another one."""
        known = self.tokens.get(token) if token is not None else None
        if known is None or known.until <= self.clock.now():
            return False
        if known.request != request:
            raise ApiError(
                "IdempotentParameterMismatchException",
                "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent "
                "token that was already used.",
            )
        return True

    def remember(self, token: str | None, request: str) -> None:
        now = self.clock.now()
        for old in self.tokens.first(_FORGOTTEN_AT_ONCE, until=now):
            self.tokens.delete(old.token)
        if token is not None:
            self.tokens.put(Token(token, request, now + REMEMBERED_S))


def check_size(size: int) -> None:
    """Raises ValidationException."""
    if size > LARGEST_BYTES:
        raise invalid("The aggregate size of the items in the transaction exceeds the maximum allowed size of 4 MB")


def cancelled(problems: list[ApiError | None]) -> ApiError:
    """The error of a transaction, with a reason for each of its members."""
    reasons = [
        {"Code": "None"}
        if each is None
        else {"Code": CODES.get(each.code, each.code), "Message": each.message, "Item": each.members.get("Item")}
        for each in problems
    ]
    codes = ", ".join(str(reason["Code"]) for reason in reasons)
    return ApiError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def digest(request: Any) -> str:
    """By which two requests are told apart."""
    return sha256(msgspec.msgpack.encode(request)).hexdigest()
