"""docs/configuration.md: what `listen` may name with front = loop, and thousands of slow or idle connections."""

import os
import socket
import subprocess
import tempfile

import pytest

from raw_front import GET, LIMIT, Client, Front, echo_binary, in_time


class Loop(Front):
    def __init__(self, listen="127.0.0.1:0", **settings):
        arguments = [f"{name}={value}" for name, value in {"front": "loop", **settings}.items()]
        self.start([*arguments, listen])


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory() as made:
        yield made


def connect(family, address):
    made = socket.socket(family)
    made.settimeout(LIMIT)
    made.connect(address)
    return Client(made)


def test_ipv6():
    front = Loop("[::1]:0")
    with connect(socket.AF_INET6, ("::1", front.port)) as client:
        assert client.ask(GET).status == 200
    with pytest.raises(ConnectionRefusedError):
        connect(socket.AF_INET, ("127.0.0.1", front.port))
    assert front.stop()[0] == 0


def test_a_socket_in_the_file_system(folder):
    path = os.path.join(folder, "midair.sock")
    front = Loop(f"unix:{path}", log="on")
    for _ in range(3):
        with connect(socket.AF_UNIX, path) as client:
            assert client.ask(GET).status == 200 and client.ask(GET).status == 200
    status, log = front.stop()
    assert status == 0 and log.count("peer=unix") == 6
    assert not os.path.exists(path)


def test_several_addresses(folder):
    path = os.path.join(folder, "midair.sock")
    front = Loop(f"127.0.0.1:0, [::1]:0,unix:{path}")
    with connect(socket.AF_INET, ("127.0.0.1", front.port)) as one, connect(socket.AF_UNIX, path) as two:
        assert one.ask(GET).status == 200 and two.ask(GET).status == 200
    assert front.stop()[0] == 0


def refused(listen):
    done = subprocess.run([str(echo_binary()), "serve", "front=loop", listen], input="", capture_output=True, text=True,
                          timeout=LIMIT)
    assert done.returncode == 1
    return done.stderr


def test_a_socket_that_was_left_behind_is_replaced(folder):
    path = os.path.join(folder, "midair.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    front = Loop(f"unix:{path}")
    with connect(socket.AF_UNIX, path) as client:
        assert client.ask(GET).status == 200
    assert front.stop()[0] == 0


def test_what_is_in_use_or_no_socket_is_left_alone(folder):
    path = os.path.join(folder, "midair.sock")
    front = Loop(f"unix:{path}")
    assert "in use" in refused(f"unix:{path}")
    with connect(socket.AF_UNIX, path) as client:
        assert client.ask(GET).status == 200
    assert front.stop()[0] == 0
    with open(path, "w", encoding="utf-8") as file:
        file.write("precious")
    assert "in use" in refused(f"unix:{path}")
    with open(path, encoding="utf-8") as file:
        assert file.read() == "precious"


def test_a_port_in_use_is_refused():
    front = Loop()
    assert "in use" in refused(f"127.0.0.1:{front.port}")
    assert front.stop()[0] == 0


@pytest.mark.parametrize("listen", ["x", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:80s", "1.2.3:80", "80,", "::1:80",
                                    "[::1]", "[::1]80", "[::1:80", "unix:", "unix:a", "unix:/" + "a" * 200, ""])
def test_a_bad_address_is_refused(listen):
    assert "neither" in refused(listen)


def test_slow_clients_do_not_keep_others_waiting():
    """620 clients whose content, or header, does not come to an end."""
    front = Loop(threads=1000, body=60000, request=60000)
    slow = []
    for i in range(620):
        client = front.connect()
        client.send("PUT /row HTTP/1.1\r\nHost: x\r\n" + ("Content-Length: 1000\r\n\r\nabc" if i % 2 else "X: "))
        slow.append(client)
    for _ in range(20):
        assert in_time(2, lambda: front.get("/a")).status == 200
    for client in slow:
        client.socket.close()
    assert in_time(15, front.stop)[0] == 0
