"""Memory stays flat over 200,000 requests of mixed kinds."""

import os
import threading

import pytest

from midair import Connection, Midair, sanitizer

CONNECTIONS = 16
BATCH = 50  # requests that are sent at once on a connection


def kinds(key, tag):
    """Requests of many kinds, the last one without content in its answer."""
    def request(method, target, body=b"", *lines):
        head = [b"%s %s HTTP/1.1" % (method, target), b"Host: localhost", *lines]
        if method in (b"POST", b"PATCH", b"PUT"):
            head += [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
        return b"\r\n".join(head) + b"\r\n\r\n" + body

    item = b"/orders/%d" % key
    return [
        request(b"GET", item),
        request(b"GET", item + b"?select=id,note"),
        request(b"GET", b"/orders?limit=20&order=id"),
        request(b"GET", b"/orders?limit=20", b"", b"Accept-Encoding: gzip"),
        request(b"GET", b"/orders?status=eq.new&limit=1"),
        request(b"PATCH", item, b'{"note": "some note"}', b"If-Match: *"),
        request(b"PATCH", item, b'{"note": "other"}', b"If-Match: " + tag),
        request(b"PUT", item, b'{"note": "put", "count": 3}', b"If-Match: *"),
        request(b"PATCH", item, b'{"note": "x"}'),
        request(b"PATCH", item, b'{"note": ', b"If-Match: *"),
        request(b"PATCH", item, b'{"total": -1}', b"If-Match: *"),
        request(b"PATCH", b"/products/memory", b'{"data": {"a": {"b": [1, 2, 3]}}}', b"If-Match: *"),
        request(b"GET", b"/orders/999999999"),
        request(b"GET", b"/nowhere"),
        request(b"GET", b"/orders?nope=eq.1"),
        request(b"GET", b"/orders/%zz"),
        request(b"POST", item, b"{}"),
        request(b"GET", b"/"),
        request(b"OPTIONS", item, b"", b"Origin: https://a.example"),
        request(b"GET", item, b"", b"If-None-Match: *"),
    ]


def load(port, count, key, tag):
    """Sends `count` requests and reads as many answers."""
    rows = kinds(key, tag)
    sent = 0
    with Connection(port, timeout=120) as connection:
        while sent < count:
            batch = [rows[(sent + i) % len(rows)] for i in range(BATCH - 1)] + [rows[-1]]
            connection.send(b"".join(batch))
            data = b""
            while data.count(b"HTTP/1.1 ") < BATCH or not data.endswith(b"\r\n\r\n"):
                more = connection.socket.recv(1 << 18)
                assert more, "closed"
                data += more
            assert b"HTTP/1.1 500" not in data
            sent += BATCH


@pytest.mark.memory
def test_memory_is_flat(database):
    first, second = (2000, 6000) if sanitizer() else (50000, 150000)
    database.insert("products", "sku", sku="memory")
    keys = [database.insert("orders", note="memory") for _ in range(CONNECTIONS)]
    # Few threads: each one takes some memory when it works for the first time, which is no growth that goes on.
    with Midair(database, server={"access_log": "off", "threads": 24}) as server:
        with server.client() as client:
            tags = [client.tag(f"/orders/{k}").encode() for k in keys]

        def phase(total):
            errors = []

            def run(i):
                try:
                    load(server.port, total // CONNECTIONS, keys[i], tags[i])
                except BaseException as error:  # noqa: B902: handed on
                    errors.append(error)

            threads = [threading.Thread(target=run, args=(i,)) for i in range(CONNECTIONS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if errors:
                raise errors[0]
            return server.memory()

        before, middle, after = phase(first), phase(second // 3), phase(second - second // 3)
        descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        print(f"resident after {first}: {before >> 10} kB, after {first + second}: {after >> 10} kB")
        if not sanitizer():
            assert after < before * 1.05 + (2 << 20), (before, middle, after)
            assert after < middle + (3 << 19), (before, middle, after)
        assert descriptors < 200
