"""Orders: keys in order, whatever their number."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windtunnel.kernel.orders import TOP, Order

NO_KEY = ()


def everything(order, backward=False):
    return list(order.between(NO_KEY, (TOP,), backward))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50)), max_size=200))
def test_an_order_is_a_sorted_set(changes):
    order, expected = Order(), set()
    for adds, number in changes:
        if adds and (number,) not in expected:
            order.add((number,))
            expected.add((number,))
        elif not adds and (number,) in expected:
            order.remove((number,))
            expected.discard((number,))

    assert everything(order) == sorted(expected)
    assert everything(order, backward=True) == sorted(expected, reverse=True)
    assert len(order) == len(expected)


@pytest.mark.parametrize("shuffled", [False, True])
def test_many_keys_are_in_order(shuffled):
    numbers = [*range(5000)]
    if shuffled:
        random.Random(1).shuffle(numbers)
    order = Order()
    for number in numbers:
        order.add((number,))
    for number in range(1000, 3000):
        order.remove((number,))

    assert everything(order) == [(n,) for n in (*range(1000), *range(3000, 5000))]
    assert list(order.between((998,), (3002,))) == [(998,), (999,), (3000,), (3001,)]
    assert list(order.between((998,), (3002,), backward=True)) == [(3001,), (3000,), (999,), (998,)]


def test_an_order_can_be_made_of_many_keys_at_once():
    order = Order((n % 7, n) for n in range(3000))

    assert len(order) == 3000
    assert [key[1] for key in order.between((3,), (3, TOP))] == [*range(3, 3000, 7)]


def test_top_ends_what_begins_alike():
    order = Order([("a", 1), ("a", 2, "x"), ("a", 2, "y"), ("a", 3), ("b", 0)])

    assert list(order.between(("a", 2), ("a", 2, TOP))) == [("a", 2, "x"), ("a", 2, "y")]
    assert list(order.between(("a", 2, TOP), ("a", TOP))) == [("a", 3)]


def test_a_key_that_is_not_there_is_not_removed():
    order = Order([(1,), (3,)])

    with pytest.raises(AssertionError):
        order.remove((2,))
