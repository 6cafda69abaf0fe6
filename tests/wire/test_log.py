"""docs/http.md section 11: a log that nobody reads delays nothing: lines are dropped, counted, and reported later."""

import contextlib
import fcntl
import os
import re
import socket

import pytest

from midair import eventually

pytestmark = pytest.mark.concurrent

F_SETPIPE_SZ = 1031


@contextlib.contextmanager
def pipe(tmp_path):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    yield reader, writer
    os.close(reader)
    os.close(writer)


@contextlib.contextmanager
def fifo(tmp_path):
    path = tmp_path / "log"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    yield reader, writer
    os.close(reader)
    os.close(writer)


@contextlib.contextmanager
def stream(tmp_path):
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    yield ours.fileno(), theirs.fileno()
    ours.close()
    theirs.close()


kinds = pytest.mark.parametrize("kind", [pipe, fifo, stream])


def dropped(client):
    return int(re.search(r"^midair_log_lines_dropped_total (\d+)$", client.get("/_metrics").text, re.M).group(1))


def take(reader):
    """Everything that is there now."""
    os.set_blocking(reader, False)
    parts = []
    with contextlib.suppress(BlockingIOError):
        while part := os.read(reader, 65536):
            parts.append(part)
    return b"".join(parts).decode()


@kinds
def test_a_log_that_nobody_reads_stops_nothing(kind, database, start, tmp_path):
    with kind(tmp_path) as (reader, writer):
        server = start(database, log_to=writer)
        with server.client() as client:
            for _ in range(400):
                client.get("/orders/1").expect(200)
            assert dropped(client) > 0
        server.stop()  # SIGTERM ends it, with status 0


@kinds
def test_what_was_dropped_is_said_later(kind, database, start, tmp_path):
    with kind(tmp_path) as (reader, writer):
        server = start(database, log_to=writer)
        with server.client() as client:
            for _ in range(400):
                client.get("/orders/1").expect(200)
            first = take(reader)
            assert "event=ready" in first

            def said():
                client.get("/orders/2").expect(200)
                return re.search(r"event=log_lines_dropped count=(\d+)\n", take(reader))

            assert 0 < int(eventually(said).group(1)) <= dropped(client)
            before = dropped(client)
            client.get("/orders/3").expect(200)
            eventually(lambda: "path=/orders/3 " in take(reader))
            assert dropped(client) == before


def test_the_other_end_keeps_its_own_mode(database, start, tmp_path):
    """The pipe may be shared with other processes, which do not expect O_NONBLOCK."""
    with pipe(tmp_path) as (reader, writer):
        server = start(database, log_to=writer)
        assert os.get_blocking(writer)
        server.stop()


def test_a_reader_that_has_gone_stops_nothing(database, start):
    reader, writer = os.pipe()
    server = start(database, log_to=writer)
    os.close(reader)
    os.close(writer)
    with server.client() as client:
        for _ in range(50):
            client.get("/orders/1").expect(200)
        assert dropped(client) > 0
    server.stop()
