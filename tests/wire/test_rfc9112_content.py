"""RFC 9112 6 and 7.1, RFC 9110 10.1.1: limits of sizes, content by length and in chunks, expectations."""

import socket
import time

import pytest

from raw_front import IF_MATCH, check_problem, check_refused, chunked, front, put


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
    "space behind": "5 \r\nhello\r\n0\r\n\r\n",
    "extension ended by LF": "5;a\nhello\r\n0\r\n\r\n",
    "CR in an extension": "5;a\rb\r\nhello\r\n0\r\n\r\n",
    "control character in an extension": "5;a\x01\r\nhello\r\n0\r\n\r\n",
    "extension of no size": ";a\r\nhello\r\n0\r\n\r\n",
    "too long an extension": "5;" + "a" * 5000 + "\r\nhello\r\n0\r\n\r\n",
}
EXTENSIONS = {
    "name and value": "5;a=b\r\nhello\r\n0\r\n\r\n",
    "of the last chunk": "5\r\nhello\r\n0;a\r\n\r\n",
    "of all chunks": "2;a\r\nhe\r\n3;b;c=d\r\nllo\r\n0;e\r\n\r\n",
    "in quotes": '5;a=";b\t"\r\nhello\r\n0\r\n\r\n',
    "white space": "5 ;\ta = b \r\nhello\r\n0\t; \r\n\r\n",
    "long": "5;" + "a" * 4000 + "\r\nhello\r\n0\r\n\r\n",
    "content like an extension": "5\r\n;a=b;\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("body", EXTENSIONS.values(), ids=EXTENSIONS.keys())
def test_rfc9112_7_1_1_chunk_extensions_are_ignored(front, body):
    content = ";a=b;" if "\r\n;a=b;" in body else "hello"
    with front.connect() as client:
        for _ in range(2):
            answer = client.ask(put("Transfer-Encoding: chunked\r\n", IF_MATCH, body=body))
            assert answer.text.endswith(f"content={content}") and not answer.closes
        for byte in put("Transfer-Encoding: chunked\r\n", IF_MATCH, body=body[:80]) if len(body) < 80 else "":
            client.send(byte)
        if len(body) < 80:
            assert client.answer().text.endswith(f"content={content}")


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
