"""A chunked HTTP body, decoded as it arrives: RFC 9112, section 7.1."""

from __future__ import annotations


class Chunks:
    """Feed it what comes; when `over`, the rest of what was fed belongs to the next message."""

    def __init__(self) -> None:
        self.over = False
        self.trailers = ""
        """The header lines after the body, one a line; known when `over`."""
        self._rest = b""
        self._left = 0
        self._ending = False

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """The pieces of the body that are complete now, and what follows the body. Raises ValueError on a bad size."""
        parts: list[bytes] = []
        data = self._rest + data
        while not self.over:
            if self._ending:
                data = self._trail(data)
                break
            if self._left > 2:
                part = data[: self._left - 2]
                if part:
                    parts.append(part)
                    self._left -= len(part)
                    data = data[len(part) :]
            if self._left:
                if self._left > 2 or len(data) < 2:
                    break
                data, self._left = data[2:], 0
            end = data.find(b"\r\n")
            if end < 0:
                break
            size = int(data[:end].split(b";")[0], 16)
            if size:
                data, self._left = data[end + 2 :], size + 2
            else:
                data, self._ending = data[end:], True
        self._rest = b"" if self.over else data
        return parts, data if self.over else b""

    def _trail(self, data: bytes) -> bytes:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return data
        self.over = True
        self.trailers = data[:end].decode("latin-1")
        return data[end + 4 :]
