"""RFC 9112 3, 6 and 11.2: what cannot be trusted is refused; header lines that are lost; targets, methods, versions."""

import re

import pytest

from raw_front import GET, HOST, IF_MATCH, Front, check_problem, check_refused, front, put

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


@pytest.mark.quick
@pytest.mark.parametrize("raw", BAD_FRAMING.values(), ids=BAD_FRAMING.keys())
def test_rfc9112_6_untrusted_framing_is_refused_and_closes(front, raw):
    check_refused(front, raw, 400)


# ---- a header that is dropped must never turn a conditional write into an unconditional one ----

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


# ---- the first request of a worker: where its buffer begins is not known from an earlier request ----

SMUGGLED = "PUT /smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
LEADING = {
    "a space": " ",
    "a tab": "\t",
    "two empty lines": "\r\n\r\n",
    "three empty lines": "\r\n\r\n\r\n",
    "a bare LF": "\n",
    "a bare CR": "\r",
    "two bare LFs": "\n\n",
    "an empty line and a space": "\r\n ",
    "a space and an empty line": " \r\n",
    "LF CR": "\n\r",
    "a form feed": "\f",
    "a vertical tab": "\v",
    "as much as the request that is hidden": "\r\n" * (len(SMUGGLED) // 2),
    "much": " " * 1000,
}


@pytest.fixture
def fresh_front():
    """A front none of whose workers has served a request."""
    made = Front(threads=4, reserve=1, request=1500, body=1500, keep_alive=1500)
    yield made
    made.stop()


@pytest.mark.parametrize("space", LEADING.values(), ids=LEADING.keys())
@pytest.mark.parametrize("body", ["", SMUGGLED], ids=["alone", "with a body that is a request"])
def test_rfc9112_2_2_white_space_before_the_first_request_of_a_worker_is_refused(fresh_front, space, body):
    raw = space + put(f"Content-Length: {len(body)}\r\n", IF_MATCH, body=body)
    with fresh_front.connect() as client:
        check_problem(client.ask(raw), 400)
        assert client.ended(), "something behind the refused request was served"
    for _ in range(3):
        assert fresh_front.get("/writes").text == "0", "a body ran as a request"


def test_rfc9112_2_2_one_empty_line_before_the_first_request_of_a_worker_is_allowed(fresh_front):
    with fresh_front.connect() as client:
        answer = client.ask("\r\n" + put(f"Content-Length: {len(SMUGGLED)}\r\n", body=SMUGGLED))
        assert answer.status == 200 and "/row" in answer.text
        assert client.ask(GET).status == 200
    assert fresh_front.get("/writes").text == "1"


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


TABS = {
    "before a value": 'If-Match:\t"1"\r\n',
    "behind a value": 'If-Match: "1"\t\r\n',
    "in a list": 'If-Match: "0"\t,\t"1"\r\n',
    "alone": 'X:\t\r\nIf-Match: "1"\r\n',
    "around the length": 'Content-Length:\t5\t\r\nIf-Match: "1"\r\n',
    "around the coding": 'Transfer-Encoding:\tchunked\t\r\nIf-Match:\t"1"\r\n',
    "around the type": 'Content-Type:\ttext/plain\t;\tcharset=utf-8\r\nIf-Match: "1"\r\n',
}


@pytest.mark.parametrize("lines", TABS.values(), ids=TABS.keys())
def test_rfc9110_5_6_3_a_tab_is_white_space_in_every_field(front, lines):
    """The content keeps its tabs, and the next request is where it should be."""
    body = "5\r\na:\tb\n\r\n0\r\n\r\n" if "chunked" in lines else "a:\tb\n" if "Length" in lines else ""
    with front.connect() as client:
        for _ in range(3):
            answer = client.ask(put(lines, body=body, host="Host:\tx\t\r\n"))
            assert answer.status == 200 and '"1"' in answer.text and not answer.closes
            assert answer.text.endswith("content=" + ("a:\tb\n" if body else ""))


def test_rfc9112_2_2_one_empty_line_before_a_request_is_ignored(front):
    """Some clients send CR LF behind content. More than one empty line is refused, as is any other white space."""
    request = put("Content-Length: 2\r\n", IF_MATCH, body="hi")
    with front.connect() as client:
        for _ in range(3):
            assert client.ask("\r\n" + request).text.endswith("content=hi")
    for start in ("\r\n\r\n", "\n", "\r", " ", "\t", " \r\n", "\r\n ", "\r\n\t", "\r\nGET /a HTTP/1.1\r\n\r\n"):
        check_refused(front, start + request, 400)
