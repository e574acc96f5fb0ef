"""Cyclic redundancy checks that Python's library lacks: CRC-32C and CRC-64/NVME, over whole bodies at the speed of long integers.

A body is a polynomial over GF(2). As a little-endian integer its lowest bit is the highest power of x, as these reflected
checks want it. Instead of a table step a byte, the body is folded: its first half, times x^(length of the second half) modulo the
polynomial, is added to the second half, until little is left for the table. Each fold is some dozens of shifts of long integers.

Tried and dropped: the table alone, which is ten times slower.
"""

from __future__ import annotations

import functools

SHORT_BITS = 16_384
"""What is not worth folding."""


class Crc:
    """One check of `width` bits; `polynomial` is given reflected. Starts from ones and inverts at the end, as both here do."""

    def __init__(self, width: int, polynomial: int) -> None:
        self.width = width
        self._polynomial = polynomial
        self._ones = (1 << width) - 1
        self._table = [self._stepped(byte, 8) for byte in range(256)]

    def of(self, data: bytes) -> int:
        """The check of these bytes."""
        size = len(data) * 8
        if size <= SHORT_BITS:
            return self._by_table(data, self._ones) ^ self._ones
        number = int.from_bytes(data, "little") ^ self._ones
        while size > SHORT_BITS:
            number, size = self._folded(number, size)
        # Leading zeros of the polynomial are trailing zero bits here: they fill up to whole bytes.
        lead = -size % 8
        rest = (number << lead).to_bytes((size + lead) // 8, "little")
        return self._by_table(rest, 0) ^ self._ones

    def _folded(self, number: int, size: int) -> tuple[int, int]:
        behind = (size + 1) // 2
        ahead = size - behind
        high = number & ((1 << ahead) - 1)
        width = self.width
        folded = (number >> ahead) << (width - 1 + ahead - behind)
        factor = self._power(behind)
        for power in range(width):
            if factor >> (width - 1 - power) & 1:
                folded ^= high << (width - 1 - power)
        return folded, ahead + width - 1

    @functools.cache  # noqa: B019 - two instances, which live as long as the process
    def _power(self, exponent: int) -> int:
        """x^exponent modulo the polynomial, reflected."""
        result, square = 1 << (self.width - 1), 1 << (self.width - 2)
        while exponent:
            if exponent & 1:
                result = self._product(result, square)
            square = self._product(square, square)
            exponent >>= 1
        return result

    def _product(self, left: int, right: int) -> int:
        result = 0
        for power in range(self.width):
            if left >> (self.width - 1 - power) & 1:
                result ^= right
            right = self._stepped(right, 1)
        return result

    def _stepped(self, value: int, times: int) -> int:
        for _ in range(times):
            value = (value >> 1) ^ (self._polynomial if value & 1 else 0)
        return value

    def _by_table(self, data: bytes, value: int) -> int:
        table = self._table
        for byte in data:
            value = (value >> 8) ^ table[(value ^ byte) & 255]
        return value


@functools.cache
def crc32c() -> Crc:
    # AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    return Crc(32, 0x82F63B78)


@functools.cache
def crc64nvme() -> Crc:
    return Crc(64, 0x9A6C9329AC4BC9B5)
