"""The only randomness of a cloud: ids, request ids, jitter. With a seed, a run can be repeated."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Ids:
    """Chance that is not for secrets; the same seed gives the same sequence."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._bits = self._random.getrandbits

    def uuid(self) -> str:
        """A version 4 UUID in lower case."""
        text = f"{self._bits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:]}"

    def hex(self, digits: int) -> str:
        return f"{self._bits(4 * digits):0{digits}x}"

    def text(self, length: int, alphabet: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def integer(self, low: int, high: int) -> int:
        """Both ends may come."""
        return self._random.randint(low, high)

    def fraction(self) -> float:
        """At least 0 and below 1."""
        return self._random.random()

    def choice(self, sequence: Sequence[T]) -> T:
        return self._random.choice(sequence)

    def bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)
