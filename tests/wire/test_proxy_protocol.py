"""docs/operating.md, PROXY protocol: who may send the header, what it changes, and what is refused."""

import socket
import struct

import pytest

from certificates import Authority
from raw_front import GET, LIMIT, Client, Front
from test_tls import pair, trusting

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


class Proxied(Front):
    def __init__(self, *arguments, listen="127.0.0.1:0", trusted="127.0.0.0/8", **settings):
        words = [f"{name}={value}" for name, value in {"front": "loop", **settings}.items()]
        self.start([*words, *arguments, f"proxy={trusted}", listen])


@pytest.fixture(scope="module")
def front():
    made = Proxied(request=30000, keep_alive=30000)
    yield made
    assert made.stop()[0] == 0


def header(command=1, family=0x11, body=b"", version=2, length=None):
    return SIGNATURE + struct.pack("!BBH", version << 4 | command, family, len(body) if length is None else length) + body


def ipv4(source="203.0.113.7", more=b"", **other):
    return header(body=socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4711, 80) + more,
                  **other)


def ipv6(source="2001:db8::7", more=b""):
    there, here = socket.inet_pton(socket.AF_INET6, source), socket.inet_pton(socket.AF_INET6, "::1")
    return header(family=0x21, body=there + here + struct.pack("!HH", 4711, 80) + more)


VECTOR = struct.pack("!BH", 4, 100) + b"\0" * 100  # PP2_TYPE_NOOP


HEADERS = {
    "IPv4": (ipv4(), "203.0.113.7"),
    "IPv4 with a vector": (ipv4(more=VECTOR), "203.0.113.7"),
    "IPv6": (ipv6(), "2001:db8::7"),
    "IPv6 with 30 vectors": (ipv6(more=VECTOR * 30), "2001:db8::7"),
    "local": (header(command=0, family=0), "127.0.0.1"),
    "local with an address": (header(command=0, family=0x11, body=b"\1" * 12), "127.0.0.1"),
    "unspecified": (header(family=0), "127.0.0.1"),
    "unspecified with a vector": (header(family=0, body=VECTOR), "127.0.0.1"),
    "unix": (header(family=0x31, body=b"/" * 216), "127.0.0.1"),
    "largest": (ipv4(more=b"\xff" * (4096 - 16 - 12)), "203.0.113.7"),
}


@pytest.mark.parametrize("label", HEADERS)
def test_the_peer_is_the_one_in_the_header(front, label):
    first, peer = HEADERS[label]
    with front.connect() as client:
        for _ in range(2):
            assert client.ask(first + GET.encode()).echoed("peer") == peer
            first = b""


NO_HEADERS = {
    "a request": b"", "version 1": b"PROXY TCP4 1.2.3.4 127.0.0.1 5 80\r\n", "an empty line": b"\r\n",
    "another signature": SIGNATURE[:-1] + b"X" + b"\x21\x11\0\0", "version bits 1": ipv4(version=1),
    "version bits 3": ipv4(version=3), "command 2": ipv4(command=2), "command 15": ipv4(command=15),
    "IPv4 cut": header(body=b"\1" * 11), "IPv6 cut": header(family=0x21, body=b"\1" * 35),
    "unix cut": header(family=0x31, body=b"\1" * 215), "UDP": header(family=0x12, body=b"\1" * 12),
    "UDP over IPv6": header(family=0x22, body=b"\1" * 36), "family 4": header(family=0x41, body=b"\1" * 12),
    "transport 0": header(family=0x10, body=b"\1" * 12), "one byte too large": ipv4(more=b"\xff" * (4097 - 16 - 12)),
    "as large as can be": header(length=65535),
}


@pytest.mark.parametrize("label", NO_HEADERS)
def test_what_is_no_header_ends_the_connection(front, label):
    with front.connect() as client:
        client.send(NO_HEADERS[label] + GET.encode())
        assert client.ended()
    with front.connect() as client:
        assert client.ask(ipv4() + GET.encode()).status == 200


def test_the_header_may_arrive_in_pieces(front):
    with front.connect() as client:
        for byte in ipv6(more=VECTOR):
            client.send(bytes([byte]))
        assert client.ask(GET).echoed("peer") == "2001:db8::7"


def test_a_header_that_stops_ends_the_connection_without_an_answer():
    front = Proxied(request=700)
    clients = [front.connect() for _ in range(6)]
    for client, part in zip(clients, [0, 1, 12, 15, 16, 20]):
        client.send(ipv4()[:part])
    for client in clients:
        with client:
            assert client.ended()
    assert front.stop()[0] == 0


def test_a_client_that_ends_after_the_header(front):
    with front.connect() as client:
        client.send(ipv4())
        client.socket.shutdown(socket.SHUT_WR)
        assert client.ended()


def test_a_second_header_is_refused(front):
    with front.connect() as client:
        assert client.ask(ipv4() + ipv4() + GET.encode()).status == 400


@pytest.mark.parametrize("trusted", ["127.0.0.2", "10.0.0.0/8", "::1", "unix", "127.0.0.0/32"])
def test_from_other_addresses_the_header_is_no_request(trusted):
    front = Proxied(trusted=trusted)
    with front.connect() as client:
        assert client.ask(GET).echoed("peer") == "127.0.0.1"
    with front.connect() as client:
        assert client.ask(ipv4() + GET.encode()).status == 400
    assert front.stop()[0] == 0


@pytest.mark.parametrize("trusted", ["127.0.0.1", "127.0.0.1/32", "126.0.0.0/7", "0.0.0.0/0"])
def test_networks(trusted):
    front = Proxied(trusted=trusted)
    with front.connect() as client:
        assert client.ask(ipv4() + GET.encode()).echoed("peer") == "203.0.113.7"
    assert front.stop()[0] == 0


def test_over_a_socket_in_the_file_system(tmp_path):
    path = str(tmp_path / "proxied.sock")
    front = Proxied(trusted="unix", listen=f"unix:{path}")
    plain = socket.socket(socket.AF_UNIX)
    plain.settimeout(LIMIT)
    plain.connect(path)
    with Client(plain) as client:
        assert client.ask(ipv4() + GET.encode()).echoed("peer") == "203.0.113.7"
    assert front.stop()[0] == 0


def test_before_tls(tmp_path):
    authority = Authority(tmp_path)
    front = Proxied(*pair(*authority.issue("shop", "shop.example")), listen="tls:127.0.0.1:0")
    plain = socket.create_connection(("127.0.0.1", front.port), LIMIT)
    plain.sendall(ipv4())
    with Client(trusting(authority).wrap_socket(plain, server_hostname="shop.example")) as client:
        assert client.ask(GET).echoed("peer") == "203.0.113.7"
    assert front.stop()[0] == 0
