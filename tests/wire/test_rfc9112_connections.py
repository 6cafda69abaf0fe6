"""RFC 9112 9: persistence, deadlines, more connections than workers, and stopping."""

import re
import socket
import subprocess
import threading
import time

import pytest

import midair as harness
from raw_front import GET, IF_MATCH, LIMIT, Front, check_problem, echo_binary, front, in_time, put

pytestmark = pytest.mark.concurrent


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
