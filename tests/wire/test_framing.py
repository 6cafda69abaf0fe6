"""What reaches the front over a raw socket: framing (RFC 9112), limits, deadlines and connections.

It runs against race_front_echo, the front with a handler that repeats what it was given: beside the midair under
test (MIDAIR_BIN) in tests/, or named by FRONT_ECHO.
"""

import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest

import midair as harness

LIMIT = 20


def echo_binary():
    named = os.environ.get("FRONT_ECHO")
    return pathlib.Path(named) if named else pathlib.Path(harness.binary()).parent / "tests" / "race_front_echo"


class Front:
    """A front of its own; its log is checked for sanitizer reports when it stops."""

    def __init__(self, **settings):
        arguments = [f"{name}={value}" for name, value in settings.items()]
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


HOST = "Host: x\r\n"


def put(*lines, body="", version="1.1", host=HOST):
    return f"PUT /row HTTP/{version}\r\n{host}{''.join(lines)}\r\n{body}"


# ---- framing: RFC 9112 6, 11.2 ----

BAD_FRAMING = {
    "two lengths that differ": put("Content-Length: 4\r\n", "Content-Length: 5\r\n", body="abcde"),
    "two lengths that agree": put("Content-Length: 4\r\n", "Content-Length: 4\r\n", body="abcd"),
    "a list of lengths": put("Content-Length: 4, 4\r\n", body="abcd"),
    "length with letters": put("Content-Length: 4abc\r\n", body="abcd"),
    "length with plus": put("Content-Length: +4\r\n", body="abcd"),
    "length with minus": put("Content-Length: -4\r\n", body="abcd"),
    "minus zero": put("Content-Length: -0\r\n"),
    "length in hexadecimal": put("Content-Length: 0x4\r\n", body="abcd"),
    "length with a space inside": put("Content-Length: 4 4\r\n", body="abcd"),
    "length beyond 64 bits": put("Content-Length: 18446744073709551620\r\n", body="abcd"),
    "empty length": put("Content-Length: \r\n"),
    "length that is no number": put("Content-Length: four\r\n"),
    "length beside chunked": put("Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n", body="0\r\n\r\n"),
    "chunked beside length": put("Transfer-Encoding: chunked\r\n", "Content-Length: 4\r\n", body="0\r\n\r\n"),
    "chunked twice": put("Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n", body="0\r\n\r\n"),
    "chunked, chunked": put("Transfer-Encoding: chunked, chunked\r\n", body="0\r\n\r\n"),
    "gzip, chunked": put("Transfer-Encoding: gzip, chunked\r\n", body="0\r\n\r\n"),
    "identity": put("Transfer-Encoding: identity\r\n", "Content-Length: 0\r\n"),
    "identity alone": put("Transfer-Encoding: identity\r\n"),
    "chunked in quotes": put('Transfer-Encoding: "chunked"\r\n', body="0\r\n\r\n"),
    "xchunked": put("Transfer-Encoding: xchunked\r\n", body="0\r\n\r\n"),
    "empty coding": put("Transfer-Encoding:\r\n", body="0\r\n\r\n"),
    "identity hides chunked": put("Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked\r\n", body="0\r\n\r\n"),
    "chunked in HTTP/1.0": put("Transfer-Encoding: chunked\r\n", version="1.0", body="0\r\n\r\n"),
    "no host": put(host=""),
    "two hosts": put(host="Host: x\r\nHost: x\r\n"),
    "two hosts in HTTP/1.0": put(host="Host: x\r\nHost: y\r\n", version="1.0"),
    "empty host": put(host="Host:\r\n"),
    "host with a space": put(host="Host: a b\r\n"),
    "host with a path": put(host="Host: a/b\r\n"),
    "host with a user": put(host="Host: u@a\r\n"),
    "host with a list": put(host="Host: a, b\r\n"),
    "host with a bad port": put(host="Host: a:8x\r\n"),
    "host with a port too high": put(host="Host: a:65536\r\n"),
    "host with a broken literal": put(host="Host: [::1\r\n"),
}


@pytest.mark.parametrize("raw", BAD_FRAMING.values(), ids=BAD_FRAMING.keys())
def test_rfc9112_6_untrusted_framing_is_refused_and_closes(front, raw):
    check_refused(front, raw, 400)


# ---- a header that is dropped must never turn a conditional write into an unconditional one ----

IF_MATCH = 'If-Match: "1"\r\n'
LOSSES = {
    "folded by space": put("X: a\r\n b\r\n", IF_MATCH),
    "folded by tab": put("X: a\r\n\tb\r\n", IF_MATCH),
    "first line folded": put(IF_MATCH, host=" Host: x\r\n"),
    "empty name": put(": a\r\n", IF_MATCH),
    "colon alone": put(":\r\n", IF_MATCH),
    "no colon": put("nonsense\r\n", IF_MATCH),
    "name with a space": put("a b: c\r\n", IF_MATCH),
    "space before the colon": put("X : a\r\n", IF_MATCH),
    "space before the colon of If-Match": put('If-Match : "1"\r\n'),
    "space before the colon, no value": put("X :\r\n", IF_MATCH),
    "name in Latin-1": put("\xe9: a\r\n", IF_MATCH),
    "name with a control byte": put("a\x01b: c\r\n", IF_MATCH),
    "name with a slash": put("a/b: c\r\n", IF_MATCH),
    "name in quotes": put('"a": c\r\n', IF_MATCH),
    "name with parentheses": put("a(b): c\r\n", IF_MATCH),
    "NUL in a value": put("X: a\0b\r\n", IF_MATCH),
    "NUL begins a line": put("\0\r\n", IF_MATCH),
    "escape in a value": put("X: a\x1bb\r\n", IF_MATCH),
    "delete in a value": put("X: a\x7fb\r\n", IF_MATCH),
    "bare CR in a value": put("X: a\rb\r\n", IF_MATCH),
    "bare CR begins a line": put("X: a\r\n\rIf-None-Match: b\r\n", IF_MATCH),
    "bare LF after a value": put("X: a\n", IF_MATCH),
    "bare LF and a blank line": put("X: a\n\r\n", IF_MATCH),
    "bare LF twice": put("X: a\n\n", IF_MATCH),
    "CR LF and bare LF": put("X: a\r\n\n", IF_MATCH),
    "bare LF everywhere": put("X: a\r\n", IF_MATCH).replace("\r\n", "\n"),
    "bare LF in the end": f"PUT /row HTTP/1.1\r\n{HOST}{IF_MATCH}\n",
    "bare LF after the request line": f"PUT /row HTTP/1.1\n{HOST}{IF_MATCH}\r\n",
    "no line but a bad one": "PUT /row HTTP/1.0\r\n:\r\nIf-Match: x\r\n\r\n",
    "a bad line first": "PUT /row HTTP/1.0\r\n\xff: a\r\nIf-Match: x\r\n\r\n",
    "white space before the request": " " + put(IF_MATCH),
    "two empty lines before the request": "\r\n\r\n" + put(IF_MATCH),
    "empty lines and spaces before the request": "\r\n \r\n" + put(IF_MATCH),
    "two spaces after the method": f"PUT  /row HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "two spaces after the target": f"PUT /row  HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "tab in the request line": f"PUT\t/row HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "space after the version": f"PUT /row HTTP/1.1 \r\n{HOST}{IF_MATCH}\r\n",
    "line break in the request line": f"PUT \r\n/row HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "no version": f"PUT /row\r\n{HOST}{IF_MATCH}\r\n",
    "no target": f"PUT HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "version in small letters": f"PUT /row http/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "another protocol": f"PUT /row FTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "space in the target": f"PUT /r ow HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
    "Latin-1 in the target": f"PUT /r\xe9 HTTP/1.1\r\n{HOST}{IF_MATCH}\r\n",
}


@pytest.mark.parametrize("raw", LOSSES.values(), ids=LOSSES.keys())
def test_a_line_that_civetweb_would_drop_is_refused(front, raw):
    before = front.get("/writes").text
    with front.connect() as client:
        answer = client.ask(raw)
        check_problem(answer, 400)
        assert answer.closes
        assert client.ended()
    assert front.get("/writes").text == before, "a conditional write became unconditional"


@pytest.mark.parametrize("count", [64, 65, 100, 1000])
def test_rfc6585_5_too_many_header_lines_are_431(front, count):
    lines = [f"X-{i}: a\r\n" for i in range(count - 2)]
    check_refused(front, put(*lines, IF_MATCH), 431)


def test_63_header_lines_all_arrive(front):
    answer = front.ask(put(*[f"X-{i}: a{i}\r\n" for i in range(61)], IF_MATCH))
    assert answer.status == 200
    assert [answer.lines(f"X-{i}") for i in range(61)] == [[f"a{i}"] for i in range(61)]
    assert answer.lines("If-Match") == ['"1"']


def test_rfc9110_5_3_every_line_of_a_repeated_field_arrives(front):
    answer = front.ask(put('If-Match: "1"\r\n', "X: y\r\n", 'if-match:"2" \r\n', "IF-MATCH:\r\n"))
    assert answer.lines("If-Match") == ['"1"', '"2"', ""]


def test_rfc9110_5_5_values_arrive_as_they_are(front):
    answer = front.ask(put("X:  a  b \xe9:\"  \r\n", "Y: \r\n", "Z:\r\n"))
    assert answer.lines("X") == ['a  b \xe9:"']
    assert answer.lines("Y") == [""] and answer.lines("Z") == [""]


# ---- targets: RFC 9112 3.2 ----

TARGETS = {
    "/a?b=c": ("/a", "b=c"),
    "/a?": ("/a", ""),
    "/a?b?c": ("/a", "b?c"),
    "/%2F/a%2Cb/%00": ("/%2F/a%2Cb/%00", ""),
    "/a/../b": ("/a/../b", ""),
    "/..": ("/..", ""),
    "//a//b": ("//a//b", ""),
    "/./a/.": ("/./a/.", ""),
    "/a\\b": ("/a\\b", ""),
    "/a%3Fb?c%26d=%20e+f": ("/a%3Fb", "c%26d=%20e+f"),
    "http://example.org/a?b": ("/a", "b"),
    "http://example.org:81/a": ("/a", ""),
    "HTTPS://example.org/a": ("/a", ""),
    "http://example.org": ("/", ""),
    "http://example.org?b": ("/", "b"),
    "http://example.org/a:b": ("/a:b", ""),
    "http://[::1]:8080/a": ("/a", ""),
}


@pytest.mark.parametrize("target", TARGETS)
def test_rfc9112_3_2_targets_arrive_raw(front, target):
    answer = front.ask(f"PUT {target} HTTP/1.1\r\nHost: other\r\n{IF_MATCH}Content-Length: 2\r\n\r\nhi")
    assert answer.status == 200, answer.text
    path, query = TARGETS[target]
    assert f"\npath={path}\nquery={query}\nbody=2\n" in answer.text
    assert answer.lines("If-Match") == ['"1"']
    if "://" in target:  # RFC 9112 3.2.2: Host is ignored then
        assert answer.lines("Host") == [re.split("[/?]", target.split("://")[1])[0]]


BAD_TARGETS = ["a", "a/b", "ftp://x/a", "http:///a", "http://u@x/a", "http://x:y/a", "http://", "/a#b", "x:80", "?a", "*"]


@pytest.mark.parametrize("target", BAD_TARGETS)
def test_rfc9112_3_2_targets_that_name_nothing_are_400(front, target):
    check_problem(front.ask(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"), 400)


def test_rfc9110_9_3_7_options_asterisk(front):
    answer = front.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 204
    assert answer.field("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    assert answer.field("Content-Length") is None


def test_options_asterisk_after_another_request(front):
    with front.connect() as client:
        assert client.ask("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        assert client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status == 204
        assert client.ended()


# ---- methods and versions ----

METHODS = ["BREW", "TRACE", "PROPFIND", "LOCK", "get", "REPORT", "G@T", "X" * 200]


@pytest.mark.parametrize("method", METHODS)
def test_rfc9110_9_1_unknown_methods_are_501(front, method):
    check_problem(front.ask(f"{method} /a HTTP/1.1\r\nHost: x\r\n\r\n"), 501)


@pytest.mark.parametrize("target", ["x:80", "/a"])
def test_connect_is_501(front, target):
    check_problem(front.ask(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n\r\n"), 501)


@pytest.mark.parametrize("version", ["2.0", "1.2", "0.9", "1", "1.1x", "1.10", "3"])
def test_rfc9110_15_6_6_other_versions_are_505(front, version):
    check_refused(front, put(IF_MATCH, version=version), 505)


def test_the_preface_of_http2_is_refused(front):
    answer = front.ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert answer.status in (501, 505)
    assert answer.closes


def test_an_upgrade_is_not_made(front):
    with front.connect() as client:
        answer = client.ask("GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert answer.status == 200 and answer.closes
        assert client.ended()


# ---- sizes ----

def test_rfc9110_15_5_15_a_long_url_is_414(front):
    assert front.get("/" + "a" * 8191).status == 200
    check_refused(front, f"GET /{'a' * 8192} HTTP/1.1\r\nHost: x\r\n\r\n", 414)
    check_refused(front, f"GET /a?{'a' * 12000} HTTP/1.1\r\nHost: x\r\n\r\n", 414)


def test_a_header_up_to_the_limit_arrives_and_one_past_it_is_431(front):
    def sized(size):
        start = f"PUT /row HTTP/1.1\r\nHost: x\r\n{IF_MATCH}X: "
        return start + "a" * (size - len(start) - 4) + "\r\n\r\n"

    answer = front.ask(sized(16384))
    assert answer.status == 200 and answer.lines("If-Match")
    check_refused(front, sized(16385), 431)
    check_refused(front, sized(20479), 431)
    check_refused(front, sized(20480), 431)


@pytest.mark.parametrize("size", [20481, 30000, 400000])
def test_a_flood_of_header_bytes_is_431(front, size):
    check_refused(front, "GET /a HTTP/1.1\r\nHost: x\r\nX: " + "a" * size, 431)


@pytest.mark.parametrize("size", [30000, 400000])
def test_a_flood_in_a_later_request_is_431(front, size):
    with front.connect() as client:
        assert client.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        check_problem(client.ask("GET /a HTTP/1.1\r\nHost: x\r\nX: " + "a" * size), 431)


def test_a_flood_in_the_url_is_refused(front):
    answer = front.ask("GET /" + "a" * 100000)
    assert answer.status in (414, 431)
    assert answer.closes


# ---- content ----

def chunked(*parts, end="0\r\n\r\n", lines=""):
    body = "".join(f"{len(part):x}\r\n{part}\r\n" for part in parts)
    return put("Transfer-Encoding: chunked\r\n", IF_MATCH, lines, body=body + end)


def test_content_by_length(front):
    with front.connect() as client:
        for size in (0, 1, 4096, 100000):
            answer = client.ask(put(f"Content-Length: {size}\r\n", IF_MATCH, body="b" * size))
            assert answer.status == 200
            assert f"\nbody={size}\n" in answer.text and answer.text.endswith("content=" + "b" * size)
            assert not answer.closes


def test_content_in_chunks(front):
    with front.connect() as client:
        for parts in ([], ["a"], ["hello", " ", "world"], ["x" * 5000] * 20):
            answer = client.ask(chunked(*parts))
            assert answer.text.endswith("content=" + "".join(parts))
            assert not answer.closes


def test_chunks_byte_by_byte(front):
    with front.connect() as client:
        for byte in chunked("hello", "w"):
            client.send(byte)
        assert client.answer().text.endswith("content=hellow")


def test_binary_content_arrives(front):
    body = bytes(range(256)) * 3
    answer = front.ask(put("Content-Length: 768\r\n", IF_MATCH).encode() + body)
    assert answer.body.endswith(b"content=" + body)


def test_rfc9110_15_5_14_content_above_the_limit_is_413(front):
    for raw in (put("Content-Length: 100001\r\n", IF_MATCH, body="b" * 100001), chunked("x" * 50000, "x" * 50001)):
        with front.connect() as client:
            answer = client.ask(raw)
            assert (answer.status, answer.text) == (413, "content-too-large")
            assert answer.closes and client.ended()
    assert front.ask(put("Content-Length: 9000000000000\r\n", IF_MATCH)).status == 413


BAD_CHUNKS = {
    "no number": "x\r\nhello\r\n0\r\n\r\n",
    "empty size": "\r\nhello\r\n0\r\n\r\n",
    "negative": "-5\r\nhello\r\n0\r\n\r\n",
    "0x": "0x5\r\nhello\r\n0\r\n\r\n",
    "plus": "+5\r\nhello\r\n0\r\n\r\n",
    "space": " 5\r\nhello\r\n0\r\n\r\n",
    "too short": "4\r\nhello\r\n0\r\n\r\n",
    "too long": "6\r\nhello\r\n0\r\n\r\n",
    "bare LF": "5\nhello\n0\n\n",
    "no CR LF after the data": "5\r\nhello0\r\n\r\n",
    "size of 64 bits": "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "size of 63 bits": "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "size of 80 bits": "fffffffffffffffffff0\r\nhello\r\n0\r\n\r\n",
    "long size": "0" * 80 + "5\r\nhello\r\n0\r\n\r\n",
    "extension": "5;a=b\r\nhello\r\n0\r\n\r\n",
    "extension of the last chunk": "5\r\nhello\r\n0;a\r\n\r\n",
}


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_rfc9112_7_1_malformed_chunks_are_400(front, body):
    before = front.get("/writes").text
    with front.connect() as client:
        client.send(put("Transfer-Encoding: chunked\r\n", body=body))
        client.socket.shutdown(socket.SHUT_WR)
        answer = client.answer()
        assert (answer.status, answer.text) == (400, "bad-framing")
        assert answer.closes and client.ended()
    assert front.get("/writes").text == before


def test_what_follows_the_last_chunk_is_no_request(front):
    """Trailer fields are dropped; garbage in their place ends the connection."""
    for end in ("0\r\nX: y\r\n\r\n", "0\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n"):
        with front.connect() as client:
            assert client.ask(chunked("hello", end=end)).text.endswith("content=hello")
            assert client.ended()


def test_garbage_after_the_content_is_refused(front):
    for raw in (chunked("hello", end="0\r\n\r\ngarbage\r\n\r\n"), put("Content-Length: 2\r\n", IF_MATCH, body="hiXX\r\n\r\n")):
        with front.connect() as client:
            assert client.ask(raw).status == 200
            check_problem(client.answer(), 400)
            assert client.ended()


@pytest.mark.parametrize("raw", [put("Content-Length: 10\r\n", body="abc"),
                                 put("Transfer-Encoding: chunked\r\n", body="5\r\nab"),
                                 put("Transfer-Encoding: chunked\r\n", body="5\r\nhello\r\n")])
def test_content_that_ends_early_is_400_and_not_executed(front, raw):
    before = front.get("/writes").text
    with front.connect() as client:
        client.send(raw)
        client.socket.shutdown(socket.SHUT_WR)
        answer = client.answer()
        assert (answer.status, answer.text) == (400, "bad-framing")
    assert front.get("/writes").text == before


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "OPTIONS"])
def test_content_of_any_method_is_framed(front, method):
    with front.connect() as client:
        answer = client.ask(f"{method} /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        assert answer.status == 200
        assert client.ask("GET /next HTTP/1.1\r\nHost: x\r\n\r\n").text.startswith("method=GET\npath=/next\n")


def test_content_nobody_reads(front):
    """A small rest is skipped, a large or chunked one ends the connection; never is it taken for a request."""
    with front.connect() as client:
        for size in (1, 65536):
            answer = client.ask(f"PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n" + "G" * size)
            assert answer.status == 200 and not answer.closes
        answer = client.ask("PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + "G" * 3000000)
        assert answer.status == 200 and answer.closes
        assert client.ended()
    with front.connect() as client:
        answer = client.ask("PUT /unread HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        assert answer.status == 200 and answer.closes
        assert client.ended()


@pytest.mark.parametrize("raw", [
    "PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + "G" * 300000,
    put("Content-Length: 300000\r\n", body="b" * 300000),
    put("Content-Length: 300000\r\n", host="", body="b" * 300000),
    "GET /a HTTP/1.1\r\nHost: x\r\nX: " + "a" * 300000,
], ids=["not wanted", "too large", "no host", "flood"])
def test_rfc9112_9_6_a_refused_client_is_not_reset(front, raw):
    """A reset could take the answer away before the client has read it."""
    with front.connect() as client:
        client.send(raw)
        received = b""
        while more := client.socket.recv(65536):
            received += more
        time.sleep(0.1)
        assert client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        assert b"\r\nConnection: close\r\n" in received


def test_rfc9110_10_1_1_expect_continue(front):
    with front.connect() as client:
        client.send(put("Content-Length: 5\r\n", "Expect: 100-Continue\r\n", IF_MATCH))
        interim = client.answer()
        assert (interim.version, interim.status) == ("HTTP/1.1", 100)
        client.send("hello")
        answer = client.answer()
        assert answer.text.endswith("content=hello") and not answer.closes
        assert client.ask("GET /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n").status == 200


def test_expect_continue_is_not_answered_when_the_content_is_not_wanted(front):
    with front.connect() as client:
        answer = client.ask("PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert answer.status == 200 and answer.closes
        assert client.ended()
    answer = front.ask(put("Content-Length: 200000\r\n", "Expect: 100-continue\r\n"))
    assert answer.status == 413 and answer.closes


@pytest.mark.parametrize("line", ["Expect: 200-ok\r\n", "Expect: 100-continue, x\r\n", "Expect:\r\n",
                                  "Expect: 100-continue\r\nExpect: x\r\n"])
def test_rfc9110_10_1_1_other_expectations_are_417(front, line):
    check_refused(front, put("Content-Length: 5\r\n", line, body="hello"), 417)


# ---- the connection: RFC 9112 9 ----

def test_pipelined_requests_are_answered_in_order(front):
    with front.connect() as client:
        client.send("".join(
            put("Content-Length: 1\r\n", IF_MATCH, f"X: {i}\r\n", body="b") if i % 2 else
            f"GET /{i}?q HTTP/1.1\r\nHost: x\r\nX: {i}\r\n\r\n" for i in range(50)))
        for i in range(50):
            answer = client.answer()
            assert answer.lines("X") == [str(i)]
            assert answer.lines("If-Match") == (['"1"'] if i % 2 else [])


def test_an_older_request_in_the_buffer_is_never_served_again(front):
    """Empty lines alone make civetweb read on into what an earlier connection left in its buffer."""
    secret = "GET /secret HTTP/1.1\r\nHost: x\r\nAuthorization: s\r\n\r\n"
    for pad in range(0, 200, 3):
        front.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n" + secret)
        with front.connect() as client:
            client.send("\r\n\r\n" + "\r\n" * pad)
            client.socket.shutdown(socket.SHUT_WR)
            answer = client.answer()
            assert answer is None or answer.status == 400, answer.text


@pytest.mark.parametrize("request_line, lines, closes", [
    ("GET /a HTTP/1.1", "", False),
    ("GET /a HTTP/1.1", "Connection: close\r\n", True),
    ("GET /a HTTP/1.1", "Connection: keep-alive\r\n", False),
    ("GET /a HTTP/1.1", "Connection: Keep-Alive, X\r\n", False),
    ("GET /a HTTP/1.1", "Connection: keep-alive, close\r\n", True),
    ("GET /a HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", True),
    ("GET /a HTTP/1.1", "Connection: X\r\n", True),
    ("GET /a HTTP/1.0", "", True),
    ("GET /a HTTP/1.0", "Connection: keep-alive\r\n", False),
])
def test_rfc9112_9_3_persistence_is_announced_and_kept(front, request_line, lines, closes):
    with front.connect() as client:
        raw = f"{request_line}\r\nHost: x\r\n{lines}\r\n"
        answer = client.ask(raw)
        assert answer.closes == closes
        if request_line.endswith("1.0") and not closes:
            assert answer.field("Connection") == "keep-alive"
        if closes:
            assert client.ended()
        else:
            assert client.ask(raw).status == 200


def test_http_1_0_needs_no_host(front):
    assert front.ask("GET /a HTTP/1.0\r\n\r\n").status == 200


def test_rfc9112_2_2_one_empty_line_before_a_request_is_ignored(front):
    with front.connect() as client:
        assert client.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        answer = client.ask("\r\n" + put(IF_MATCH))
        assert answer.status == 200 and answer.lines("If-Match") == ['"1"']


def test_every_answer_has_date_and_id(front):
    for raw in ("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /304 HTTP/1.1\r\nHost: x\r\n\r\n", put(host=""), "nonsense\r\n\r\n"):
        answer = front.ask(raw)
        assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", answer.field("Date"))
        assert re.fullmatch(r"[0-9a-f]{16}", answer.field("X-Request-Id"))


@pytest.mark.parametrize("sent, taken", [("abc-1._Z", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("", False),
                                         ("a\"", False), ("\xe9", False)])
def test_a_sane_request_id_is_taken_over(front, sent, taken):
    answer = front.ask(f"GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: {sent}\r\n\r\n")
    assert (answer.field("X-Request-Id") == sent) == taken


def test_rfc9110_9_3_2_head_has_the_length_of_get_and_no_content(front):
    with front.connect() as client:
        length = len(client.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").body)
        answer = client.ask("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert int(answer.field("Content-Length")) == length + 1  # the method's name is one longer
        assert client.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
    answer = front.ask("HEAD /a HTTP/1.1\r\n\r\n")
    assert answer.status == 400 and int(answer.field("Content-Length")) > 0


@pytest.mark.parametrize("status", [204, 304])
def test_204_and_304_have_no_content_and_no_length(front, status):
    with front.connect() as client:
        for _ in range(2):
            answer = client.ask(f"GET /{status} HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer.status == status
            assert answer.field("Content-Length") is None and answer.field("Transfer-Encoding") is None


def test_a_request_that_nobody_answered_is_500(front):
    check_problem(front.get("/silent"), 500)


# ---- deadlines ----

def trickle(client, raw, every=0.1, total=LIMIT):
    """Sends byte by byte until the server answers or closes; returns (answer, seconds)."""
    start = time.monotonic()
    client.socket.settimeout(every)
    for byte in raw:
        if time.monotonic() - start > total:
            break
        try:
            client.send(byte)
            if not client.fill():
                break
            client.socket.settimeout(LIMIT)
            return client.answer(), time.monotonic() - start
        except TimeoutError:
            continue
        except OSError:
            break
    client.socket.settimeout(LIMIT)
    return client.answer(), time.monotonic() - start


def test_a_slow_header_ends_by_the_deadline(front):
    with front.connect() as client:
        answer, seconds = trickle(client, put("X: " + "a" * 1000))
        check_problem(answer, 408)
        assert answer.closes and client.ended()
        assert seconds < 5


def test_a_header_that_stops_ends_by_the_deadline(front):
    with front.connect() as client:
        answer = client.ask("PUT /row HTTP/1.1\r\nHost: x\r\n")
        check_problem(answer, 408)


def test_a_client_that_says_nothing_is_closed_without_a_word(front):
    with front.connect() as client:
        assert client.ended()


@pytest.mark.parametrize("coding", ["Content-Length: 2000\r\n", "Transfer-Encoding: chunked\r\n"])
def test_slow_content_ends_by_the_deadline(front, coding):
    with front.connect() as client:
        client.send(put(coding, IF_MATCH))
        answer, seconds = trickle(client, "7d0\r\n" + "a" * 2000)
        assert (answer.status, answer.text) == (408, "request-timeout")
        assert answer.closes and client.ended()
        assert seconds < 5


def test_content_that_stops_ends_by_the_deadline(front):
    answer = front.ask(put("Content-Length: 10\r\n", IF_MATCH, body="abc"))
    assert (answer.status, answer.text) == (408, "request-timeout")


def test_a_client_that_reads_nothing_is_cut_off():
    front = Front(threads=4, reserve=1, send=700)
    with front.connect() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        harness.eventually(lambda: "midair_requests_in_flight 2" in front.get("/_metrics").text)
        harness.eventually(lambda: "midair_requests_in_flight 1" in front.get("/_metrics").text)
    front.stop()


def test_a_large_answer_arrives_whole(front):
    assert len(front.get("/large").body) == 8 << 20


# ---- more connections than workers ----

GET = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def in_time(seconds, action):
    start = time.monotonic()
    result = action()
    assert time.monotonic() - start < seconds
    return result


def test_idle_connections_give_way_to_new_ones():
    front = Front(threads=16, reserve=4, keep_alive=60000)
    idle = []
    for _ in range(100):
        client = front.connect()
        assert in_time(3, lambda: client.ask(GET)).status == 200
        idle.append(client)
    for _ in range(50):
        assert in_time(3, lambda: front.get("/a")).status == 200
    text = front.get("/_metrics").text
    assert int(re.search(r"^midair_connections_evicted_total (\d+)$", text, re.M)[1]) >= 84
    assert int(re.search(r"^midair_connections (\d+)$", text, re.M)[1]) <= 16
    assert idle[0].ended(), "the longest idle one goes first"
    for client in idle:
        client.socket.close()
    assert in_time(5, front.stop)[0] == 0


def test_silent_connections_give_way_to_new_ones():
    front = Front(threads=8, reserve=2, request=60000, keep_alive=60000)
    assert front.get("/a").status == 200
    silent = [front.connect() for _ in range(40)]
    assert in_time(8, lambda: front.get("/a")).status == 200
    for client in silent:
        client.socket.close()
    assert in_time(5, front.stop)[0] == 0


def test_busy_connections_are_not_evicted():
    front = Front(threads=8, reserve=2)
    answers = []

    def slow():
        with front.connect() as client:
            answers.append(client.ask("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").status)

    threads = [threading.Thread(target=slow) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 24
    assert front.stop()[0] == 0


# ---- stopping ----

def test_stopping_finishes_what_runs_and_closes_what_is_idle():
    front = Front(threads=8, reserve=2)
    idle, busy = front.connect(), front.connect()
    assert idle.ask(GET).status == 200
    assert busy.ask(GET).status == 200
    busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.2)
    front.process.stdin.close()
    assert idle.ended()
    with pytest.raises(ConnectionRefusedError):
        front.connect()
    answer = busy.answer()
    assert answer.status == 200 and answer.closes
    front.process.stdin = None
    assert front.stop()[0] == 0


def test_the_log_has_one_line_a_request_and_no_query():
    front = Front(log="on")
    front.ask("GET /a?token=secret HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc\r\n\r\n")
    front.ask("nonsense\r\n\r\n")
    _, log = front.stop()
    lines = [line for line in log.splitlines() if "event=request" in line]
    assert len(lines) == 2 and "secret" not in log
    seen = " level=info event=request method=GET path=/a status=200 bytes=\\d+ ms=[\\d.]+ id=abc peer=127.0.0.1$"
    assert sum(bool(re.search(seen, line)) for line in lines) == 1, lines
    assert sum("status=400" in line for line in lines) == 1, lines


@pytest.mark.parametrize("listen", ["x", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:80s", "1.2.3:80", "80,81", "[::1]:80", ""])
def test_a_bad_address_is_refused(listen):
    done = subprocess.run([str(echo_binary()), "serve", listen], input="", capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 1 and "neither" in done.stderr
