"""
Statements of PartiQL.

    SELECT a, b.c FROM "things"."index" WHERE id = ? AND n > 5 ORDER BY n DESC
    INSERT INTO "things" VALUE {'id': ?}
    UPDATE "things" SET x = x + 1 REMOVE y WHERE id = ? AND x > 0 RETURNING ALL NEW *
    DELETE FROM "things" WHERE id = ?
    EXISTS(SELECT * FROM "things" WHERE id = ? AND x = 1)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from windtunnel.services.dynamodb.expressions.nodes import Action, Call, Literal, Path, Sum
from windtunnel.services.dynamodb.partiql import terms
from windtunnel.services.dynamodb.partiql.words import Words, malformed
from windtunnel.services.dynamodb.records import Item
from windtunnel.services.dynamodb.values import Value, invalid


class Select(NamedTuple):
    """`paths` is None for everything; `order` is the attribute of ORDER BY."""

    table: str
    index: str | None
    paths: tuple[Path, ...] | None
    condition: Any
    order: str
    backward: bool


class Insert(NamedTuple):
    table: str
    item: Item


class Update(NamedTuple):
    table: str
    actions: tuple[Action, ...]
    condition: Any
    returns: str


class Delete(NamedTuple):
    table: str
    condition: Any
    returns: str


class Exists(NamedTuple):
    select: Select

    @property
    def table(self) -> str:
        return self.select.table


Statement = Select | Insert | Update | Delete | Exists


def parsed(text: str, parameters: list[Value]) -> Statement:
    """Raises ValidationException for a text that is no statement, or has not as many `?` as there are parameters."""
    words = Words(text, parameters)
    try:
        found = _statement(words)
    except RecursionError:
        raise malformed("The statement is nested too deeply") from None
    words.expect_end()
    return found


def _statement(words: Words) -> Statement:
    if words.skip_words("SELECT"):
        return _select(words)
    if words.skip_words("INSERT", "INTO"):
        return _insert(words)
    if words.skip_words("UPDATE"):
        return _update(words)
    if words.skip_words("DELETE", "FROM"):
        table, _ = _table(words)
        return Delete(table, _where(words), _returning(words))
    if words.sees_word("EXISTS"):
        words.take()
        words.expect("(")
        words.expect_words("SELECT")
        select = _select(words)
        words.expect(")")
        return Exists(select)
    raise malformed("Expected data manipulation")


def _select(words: Words) -> Select:
    paths: list[Path] = []
    if not words.skip("*"):
        paths.append(terms.path(words))
        while words.skip(","):
            paths.append(terms.path(words))
    words.expect_words("FROM")
    table, index = _table(words)
    condition = _where(words) if words.sees_word("WHERE") else None
    order, backward = "", False
    if words.skip_words("ORDER", "BY"):
        order = words.name()
        backward = words.skip_words("DESC")
        if not backward:
            words.skip_words("ASC")
    return Select(table, index, tuple(paths) or None, condition, order, backward)


def _insert(words: Words) -> Insert:
    table, _ = _table(words)
    words.expect_words("VALUE")
    value = terms.value(words)
    if "M" not in value:
        raise malformed("Expected a map after VALUE")
    return Insert(table, value["M"])


def _update(words: Words) -> Update:
    table, _ = _table(words)
    actions: list[Action] = []
    while words.sees_word("SET", "REMOVE"):
        if words.skip_words("SET"):
            actions.append(_assignment(words))
            while words.skip(","):
                actions.append(_assignment(words))
        else:
            words.take()
            actions.append(Action("REMOVE", terms.path(words)))
            while words.skip(","):
                actions.append(Action("REMOVE", terms.path(words)))
    if not actions:
        raise malformed("Expected data manipulation")
    return Update(table, tuple(actions), _where(words), _returning(words))


def _assignment(words: Words) -> Action:
    path = terms.path(words)
    words.expect("=")
    if words.calls():
        return _function(words, path)
    left = terms.operand(words)
    if words.sees("+") or words.sees("-"):
        return Action("SET", path, Sum(words.take().text, left, terms.operand(words)))
    return Action("SET", path, left)


def _function(words: Words, path: Path) -> Action:
    """`list_append(l, [1])`, `set_add(s, <<1>>)`, `set_delete(s, <<1>>)`; AWS: .../ql-reference.update.html"""
    function = words.take().text.lower()
    words.expect("(")
    first = terms.operand(words)
    words.expect(",")
    second = terms.operand(words)
    words.expect(")")
    if function == "list_append":
        return Action("SET", path, Call("list_append", (first, second)))
    kind = {"set_add": "ADD", "set_delete": "DELETE"}.get(function)
    if kind is None:
        raise malformed(f"No such function: {function}")
    if first != path or not isinstance(second, Literal) or not {"SS", "NS", "BS"} & second.value.keys():
        raise invalid(f"{function} takes the attribute itself and a set")
    return Action(kind, path, second)


def _table(words: Words) -> tuple[str, str | None]:
    """The table and the index, if one is named."""
    table = words.name()
    return table, words.name() if words.skip(".") else None


def _where(words: Words) -> Any:
    if not words.skip_words("WHERE"):
        raise invalid("Where clause does not contain a mandatory equality on all key attributes")
    return terms.condition(words)


def _returning(words: Words) -> str:
    """As ReturnValues has it; AWS: .../ql-reference.update.html (RETURNING)."""
    if not words.skip_words("RETURNING"):
        return "NONE"
    kind = "ALL" if words.skip_words("ALL") else "UPDATED" if words.skip_words("MODIFIED") else ""
    age = "OLD" if words.skip_words("OLD") else "NEW" if words.skip_words("NEW") else ""
    words.expect("*")
    if not kind or not age:
        raise words.unexpected()
    return f"{kind}_{age}"
