"""
The control socket of a process that forks others: messages in JSON, descriptors that come along, children that end.

A message is its length in four bytes, then JSON. See `zygote.py` for the messages.
"""

import array
import json
import os
import select
import signal
import socket

HEAD = 4


class Channel:
    """`reap` is called when a child has ended. While it is open, SIGCHLD is the channel's."""

    def __init__(self, control, reap):
        self._socket = control
        self._reap = reap
        self._buffer = b""
        self.descriptors = []
        """Received and not taken yet, in their order."""
        self._awake, self._waker = os.pipe()
        for end in (self._awake, self._waker):
            os.set_blocking(end, False)
        self._before = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def serve(self, obey):
        """`obey(message)` for each; what it returns ends this, unless it is None. None when the platform is gone."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._awake, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self._awake:
                    os.read(self._awake, 512)
                    self._reap()
                    continue
                messages = self._receive()
                if messages is None:
                    return None
                for message in messages:
                    end = obey(message)
                    if end is not None:
                        return end

    def tell(self, message):
        data = json.dumps(message).encode()
        try:
            self._socket.sendall(len(data).to_bytes(HEAD, "big") + data)
        except OSError:
            pass

    def leave(self):
        """In a new child: the channel is its parent's; its descriptors stay open."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self._before if self._before is not None else signal.SIG_DFL)
        self._socket.detach()

    def close(self):
        """In a child that goes on with its parent's descriptors."""
        control = self._socket.fileno()
        self.leave()
        for descriptor in (control, self._awake, self._waker):
            os.close(descriptor)

    def _receive(self):
        try:
            data, ancillary, _, _ = self._socket.recvmsg(65536, 4096)
        except ConnectionResetError:  # the platform died before it had read all that it was told
            return None
        if not data:
            return None
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                received = array.array("i")
                received.frombytes(content[: len(content) - len(content) % received.itemsize])
                self.descriptors.extend(received)
        self._buffer += data
        messages = []
        while len(self._buffer) >= HEAD:
            end = HEAD + int.from_bytes(self._buffer[:HEAD], "big")
            if len(self._buffer) < end:
                break
            messages.append(json.loads(self._buffer[HEAD:end]))
            self._buffer = self._buffer[end:]
        return messages
