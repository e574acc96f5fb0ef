"""
Speaks the Lambda Runtime API over a connected socket: HTTP/1.1, one connection, an answer and the next question in
one write.
"""

import json
import select
import socket

API = "/2018-06-01/runtime"  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
_CHUNK = 1 << 16
_NEXT = ("GET %s/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n" % API).encode()
_RESPONSE = "POST " + API + "/invocation/%s/response HTTP/1.1\r\nHost: runtime\r\nContent-Length: %d\r\n%s\r\n"
_ENDING = "Windtunnel-Ending: %s\r\n"
_RESTORED = ("GET %s/restore/next HTTP/1.1\r\nHost: runtime\r\n\r\n" % API).encode()
_ENVIRONMENT = b"GET /windtunnel/environment HTTP/1.1\r\nHost: runtime\r\n\r\n"


class Closed(Exception):
    """The platform has hung up: this environment is over."""


class Client:
    """
    One conversation. A write never waits for the answer of the one before: answers are read in their order by `next`.
    """

    def __init__(self, sock):
        self._socket = sock
        self._rest = b""
        self._owed = 0

    def fileno(self):
        return self._socket.fileno()

    def ask_environment(self):
        """Ask what this environment is to become, without waiting for it."""
        self._socket.sendall(_ENVIRONMENT)

    def told(self):
        """Whether an answer has come, which then need not be waited for."""
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        return True

    def environment(self):
        """What was asked for with `ask_environment`; waits until the platform knows."""
        return json.loads(self._read()[1])

    def ask(self):
        """Ask for the next invocation, without waiting for it."""
        self._socket.sendall(_NEXT)

    def ask_to_be_restored(self):
        """Say that a snapshot may be taken. AWS: lambda/latest/dg/snapstart-runtime-hooks-custom.html"""
        self._socket.sendall(_RESTORED)

    def abandon(self):
        """After a fork: the conversation is the parent's, its descriptor has another use here."""
        self._socket.detach()

    def next(self):
        """The invocation that was asked for: its headers (lower case) and its body."""
        while self._owed:
            self._read()
            self._owed -= 1
        head, body = self._read()
        headers = {}
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return headers, body

    def respond(self, request_id, body, ending=""):
        """
        Hand over the answer of an invocation and ask for the next one. `ending`, JSON of one short line, is the word
        that everything of this invocation has been written.
        """
        self._owed += 1
        head = _RESPONSE % (request_id, len(body), _ENDING % ending if ending else "")
        self._socket.sendall(b"".join((head.encode(), body, _NEXT)))

    def fail(self, request_id, error, ending=""):
        """As `respond`, with the error of an invocation: a mapping in AWS's shape."""
        self._owed += 1
        self._socket.sendall(_error_request("/invocation/%s/error" % request_id, error, ending) + _NEXT)

    def fail_init(self, error, kind=""):
        """Tell that the function could not be initialised; returns when the platform has heard."""
        self._socket.sendall(_error_request("/init/error", error, kind=kind))
        self._read()

    def fail_restore(self, error, kind):
        """Tell that the function could not be restored; returns when the platform has heard."""
        self._socket.sendall(_error_request("/restore/error", error, kind=kind))
        self._read()

    def _read(self):
        data = self._rest
        while True:
            end = data.find(b"\r\n\r\n")
            if end >= 0:
                break
            data += self._receive()
        head = data[:end].decode("latin-1")
        length = _content_length(head)
        have = len(data) - end - 4
        if have >= length:
            self._rest = data[end + 4 + length :]
            return head, data[end + 4 : end + 4 + length]
        parts = [data[end + 4 :]]
        while have < length:
            part = self._receive()
            parts.append(part)
            have += len(part)
        body = b"".join(parts)
        self._rest = body[length:]
        return head, body[:length]

    def _receive(self):
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:  # a parked program, which shares the socket, has made it so
            select.select([self._socket], [], [])
            return self._receive()
        except ConnectionResetError:
            raise Closed from None
        if not data:
            raise Closed
        return data


def _content_length(head):
    start = head.find("Content-Length: ")
    if start < 0:
        return 0
    end = head.find("\r\n", start)
    return int(head[start + 16 : end if end >= 0 else None])


def _error_request(path, error, ending="", kind=""):
    body = json.dumps(error).encode()
    head = (
        "POST %s%s HTTP/1.1\r\nHost: runtime\r\nContent-Type: application/vnd.aws.lambda.error+json\r\n"
        "Lambda-Runtime-Function-Error-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
    )
    return (
        head % (API, path, kind or error["errorType"], len(body), _ENDING % ending if ending else "")
    ).encode() + body
