"""The front over a raw socket: framing, limits, deadlines and connections, without midair's handler and PostgreSQL.

It runs race_front_echo, the front with a handler that repeats what it was given: beside the midair under test
(MIDAIR_BIN) in tests/, or named by FRONT_ECHO. Import what a test module uses: `from raw_front import front, put`."""

import json
import os
import pathlib
import re
import socket
import subprocess
import time

import pytest

import midair as harness

LIMIT = 20  # seconds that any single wait may take
HOST = "Host: x\r\n"
IF_MATCH = 'If-Match: "1"\r\n'
GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def echo_binary():
    named = os.environ.get("FRONT_ECHO")
    return pathlib.Path(named) if named else pathlib.Path(harness.binary()).parent / "tests" / "race_front_echo"


class Front:
    """A front of its own; its log is checked for sanitizer reports when it stops."""

    def __init__(self, **settings):
        self.start([f"{name}={value}" for name, value in {"front": harness.front(), **settings}.items()])

    def start(self, arguments):
        self.process = subprocess.Popen(
            [str(echo_binary()), "serve", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        """Ends it in order; returns (exit status, log)."""
        _, log = self.process.communicate(timeout=LIMIT)
        assert not harness.SANITIZER_REPORT.search(log), log[-20000:]
        return self.process.returncode, log

    def connect(self):
        made = socket.create_connection(("127.0.0.1", self.port), LIMIT)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Client(made)

    def ask(self, raw):
        with self.connect() as client:
            return client.ask(raw)

    def get(self, path):
        return self.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, self.reason = lines[0].split(" ", 2)
        self.status = int(status)
        self.fields = [line.split(": ", 1) for line in lines[1:]]
        self.body = body

    def field(self, name):
        found = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(found) <= 1, self.fields
        return found[0] if found else None

    @property
    def closes(self):
        return self.field("Connection") == "close"

    @property
    def text(self):
        return self.body.decode("latin-1")

    def lines(self, name):
        """The lines of this name that the handler saw."""
        return re.findall(rf"^{name}: (.*)$", self.text, re.M | re.I)

    def echoed(self, name):
        """What the handler says about the request: method, path, query, peer or content."""
        return re.search(rf"^{name}=(.*)$", self.text, re.M).group(1)


class Client:
    """A connection on which answers are taken apart strictly."""

    def __init__(self, made):
        self.socket = made
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, raw):
        self.socket.sendall(raw.encode("latin-1") if isinstance(raw, str) else raw)

    def fill(self):
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            more = b""
        self.rest += more
        return bool(more)

    def answer(self, head=False):
        """The next final answer; None when the connection ends instead."""
        while b"\r\n\r\n" not in self.rest:
            if not self.fill():
                assert self.rest == b"", self.rest
                return None
        top, self.rest = self.rest.split(b"\r\n\r\n", 1)
        made = Answer(top, b"")
        length = made.field("Content-Length")
        if head or length is None:
            return made
        while len(self.rest) < int(length):
            assert self.fill(), "the answer ends early"
        made.body, self.rest = self.rest[: int(length)], self.rest[int(length):]
        return made

    def ask(self, raw):
        try:
            self.send(raw)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server may refuse before all is sent
        return self.answer(head=raw[:5] in ("HEAD ", b"HEAD "))

    def ended(self):
        """Whether the server closes without sending more."""
        return self.answer() is None


@pytest.fixture(scope="module")
def front():
    made = Front(threads=24, reserve=4, request=1500, body=1500, keep_alive=30000)
    yield made
    status, _ = made.stop()
    assert status == 0


def check_problem(answer, status):
    assert answer is not None, "no answer"
    assert answer.status == status, answer.text
    assert answer.field("Content-Type") == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == status
    assert problem["type"].startswith("urn:midair:problem:")
    return problem


def check_refused(front, raw, status):
    """A request that cannot be trusted: problem document, Connection: close, and nothing after it is served."""
    with front.connect() as client:
        answer = client.ask(raw)
        check_problem(answer, status)
        assert answer.closes
        assert client.ended()


def put(*lines, body="", version="1.1", host=HOST):
    return f"PUT /row HTTP/{version}\r\n{host}{''.join(lines)}\r\n{body}"


def chunked(*parts, end="0\r\n\r\n", lines=""):
    body = "".join(f"{len(part):x}\r\n{part}\r\n" for part in parts)
    return put("Transfer-Encoding: chunked\r\n", IF_MATCH, lines, body=body + end)


def in_time(seconds, action):
    start = time.monotonic()
    result = action()
    assert time.monotonic() - start < seconds
    return result
