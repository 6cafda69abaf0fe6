"""docs/operating.md, TLS: certificates by name (SNI), protocols (ALPN), versions and ciphers, client certificates,
reload, and the same connections as without TLS: content in pieces, pipelining, large answers, clients that go away."""

import os
import pathlib
import shutil
import socket
import ssl
import subprocess

import pytest

import midair as harness
from certificates import Authority, together
from midair.waiting import eventually
from raw_front import GET, LIMIT, Client, Front, chunked, echo_binary, put


class Tls(Front):
    """The echoing front with a TLS address and, behind it, a plain one."""

    def __init__(self, *files, listen="tls:127.0.0.1:0", **settings):
        arguments = [f"{name}={value}" for name, value in {"front": "loop", **settings}.items()]
        self.start([*arguments, *files, listen])

    def reload(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


def pair(certificate, key):
    return f"cert={certificate}", f"key={key}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder)


@pytest.fixture(scope="module")
def shop(authority):
    return authority.issue("shop", "shop.example", "*.shop.example")


@pytest.fixture(scope="module")
def other(authority):
    return authority.issue("other", "other.example", algorithm="rsa:2048")


@pytest.fixture(scope="module")
def front(shop, other):
    made = Tls(*pair(*shop), *pair(*other), request=30000, keep_alive=30000)
    yield made
    assert made.stop()[0] == 0


@pytest.fixture(scope="module")
def hasty(shop):
    made = Tls(*pair(*shop), request=1500)
    yield made
    assert made.stop()[0] == 0


def trusting(authority, **more):
    made = ssl.create_default_context(cafile=str(authority.certificate))
    for name, value in more.items():
        setattr(made, name, value)
    return made


def secure(front, authority, host="shop.example", context=None):
    plain = socket.create_connection(("127.0.0.1", front.port), LIMIT)
    try:
        return Client((context or trusting(authority)).wrap_socket(plain, server_hostname=host))
    except BaseException:
        plain.close()
        raise


def test_requests_are_answered_on_one_connection(front, authority):
    with secure(front, authority) as client:
        for i in range(3):
            answer = client.ask(f"GET /a HTTP/1.1\r\nHost: x\r\nX: {i}\r\n\r\n")
            assert answer.status == 200 and answer.lines("X") == [str(i)]


def subject(client):
    return dict(part[0] for part in client.socket.getpeercert()["subject"])["commonName"]


@pytest.mark.parametrize("host, expected", [("shop.example", "shop"), ("a.shop.example", "shop"),
                                            ("SHOP.example", "shop"), ("other.example", "other")])
def test_the_certificate_fits_the_name_that_the_client_asks_for(front, authority, host, expected):
    with secure(front, authority, host) as client:
        assert subject(client) == expected and client.ask(GET).status == 200


@pytest.mark.parametrize("host", ["unknown.example", "a.b.shop.example", "shop.example.evil", "127.0.0.1", None])
def test_without_a_fitting_name_the_first_certificate_is_shown(front, authority, host):
    with secure(front, authority, host, trusting(authority, check_hostname=False)) as client:
        assert subject(client) == "shop" and client.ask(GET).status == 200


@pytest.mark.parametrize("offered, chosen", [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"),
                                             (None, None)])
def test_alpn_chooses_http_1_1(front, authority, offered, chosen):
    context = trusting(authority)
    if offered:
        context.set_alpn_protocols(offered)
    with secure(front, authority, context=context) as client:
        assert client.socket.selected_alpn_protocol() == chosen and client.ask(GET).status == 200


@pytest.mark.parametrize("offered", [["h2"], ["http/1.0"], ["http/1.1x"], ["h2", "spdy/1"]])
def test_alpn_without_http_1_1_is_refused(front, authority, offered):
    context = trusting(authority)
    context.set_alpn_protocols(offered)
    with pytest.raises(ssl.SSLError):
        secure(front, authority, context=context).ask(GET)
    assert alive(front, authority)


def alive(front, authority):
    with secure(front, authority) as client:
        return client.ask(GET).status == 200


def s_client(front, *arguments):
    """What openssl s_client says about one handshake."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", *arguments], input="",
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    return done.returncode == 0 and "Cipher is (NONE)" not in done.stdout, done.stdout


WEAK = "ALL:@SECLEVEL=0"


@pytest.mark.parametrize("arguments, accepted", [
    (["-tls1_3"], True), (["-tls1_2"], True), (["-tls1_1", "-cipher", WEAK], False), (["-tls1", "-cipher", WEAK], False),
    (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], True),
    (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], True),
    (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"], False),
    (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-servername", "other.example"], True),
    (["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384", "-servername", "other.example"], True),
    (["-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0", "-servername", "other.example"], False),
    (["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384:@SECLEVEL=0", "-servername", "other.example"], False),
    (["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"], False),
    (["-tls1_3", "-groups", "X25519"], True), (["-tls1_3", "-groups", "P-384"], True),
    (["-tls1_3", "-groups", "P-521"], False),
])
def test_versions_ciphers_and_groups(front, arguments, accepted):
    assert s_client(front, *arguments)[0] == accepted


def test_renegotiation_is_refused(front):
    with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{front.port}", "-tls1_2", "-quiet"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        out, _ = client.communicate("R\n" + GET.replace("\r\n", "\n"), timeout=LIMIT)
    assert "HTTP/1.1 200" not in out


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_session_is_resumed(front, authority, version):
    context = trusting(authority)
    context.maximum_version = context.minimum_version = ssl.TLSVersion[version]
    with secure(front, authority, context=context) as client:
        assert client.ask(GET).status == 200
        session = client.socket.session
    plain = socket.create_connection(("127.0.0.1", front.port), LIMIT)
    with Client(context.wrap_socket(plain, server_hostname="shop.example", session=session)) as client:
        assert client.ask(GET).status == 200 and client.socket.session_reused


NO_HANDSHAKES = {
    "a request": GET.encode(), "zeros": b"\x00" * 100, "ones": b"\xff" * 5000, "one byte": b"\x16",
    "a record without a message": b"\x16\x03\x01\x00\x05hello",
    "a record that is too large": b"\x16\x03\x01\xff\xff" + b"a" * 70000,
    "an alert": b"\x15\x03\x01\x00\x02\x02\x28", "SSL 2": b"\x80\x2e\x01\x00\x02",
}


@pytest.mark.parametrize("label", NO_HANDSHAKES)
def test_what_is_not_a_handshake_ends_the_connection(front, authority, label):
    with front.connect() as client:
        try:
            client.send(NO_HANDSHAKES[label])
            client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        while client.fill():
            pass
        assert b"HTTP/" not in client.rest
    assert alive(front, authority)


def test_a_handshake_that_stops_is_ended_in_time(hasty):
    """request_timeout covers the handshake too."""
    with hasty.connect() as client:
        client.send(b"\x16\x03\x01\x02\x00\x01\x00")
        while client.fill():
            pass


def test_a_request_that_stops_is_answered_408(hasty, authority):
    with secure(hasty, authority) as client:
        assert client.ask("GET / HTTP/1.1\r\nHo").status == 408
        assert client.ended()


def test_bytes_may_arrive_one_by_one(front, authority):
    with secure(front, authority) as client:
        for byte in put('If-Match: "1"\r\n', "Content-Length: 5\r\n", body="hello"):
            client.send(byte)
        assert client.answer().echoed("content") == "hello"


def test_requests_may_share_a_record(front, authority):
    with secure(front, authority) as client:
        client.send(GET * 40)
        assert [client.answer().status for _ in range(40)] == [200] * 40


@pytest.mark.parametrize("size", [1, 16383, 16384, 16385, 90000])
def test_content_of_many_records(front, authority, size):
    with secure(front, authority) as client:
        answer = client.ask(put('If-Match: "1"\r\n', f"Content-Length: {size}\r\n", body="x" * size))
        assert answer.echoed("content") == "x" * size
        assert client.ask(chunked("y" * size)).echoed("content") == "y" * size


def test_a_large_answer_arrives_whole_though_the_client_is_slow(front, authority):
    with secure(front, authority) as client:
        client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        client.socket.recv(1)
        eventually(lambda: client.socket.pending() > 0)
        client.rest = b"H" + client.rest
        assert len(client.answer().body) == 8 << 20
        assert client.ask(GET).status == 200


def test_the_end_of_a_connection_is_announced(front, authority):
    """A client can tell the end from an attack that cuts the connection (RFC 8446 6.1)."""
    context = trusting(authority)
    with secure(front, authority, context=context) as client:
        client.socket.suppress_ragged_eofs = False
        assert client.ask("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status == 200
        assert client.socket.recv(100) == b""


def test_a_refused_request_ends_the_connection(front, authority):
    with secure(front, authority) as client:
        answer = client.ask("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
        assert answer.status == 400 and answer.closes and client.ended()


def test_clients_that_vanish_in_the_middle(front, authority):
    for wanted in ["", "GET /a HTTP/1.1\r\nHo", "GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
                   put("Content-Length: 9\r\n", body="abc")]:
        client = secure(front, authority)
        client.send(wanted or "G")
        client.socket.close()
    assert alive(front, authority)


def test_a_plain_address_beside_it(shop, authority, folder):
    path = os.path.join(folder, "plain.sock")
    front = Tls(*pair(*shop), listen=f"tls:127.0.0.1:0, unix:{path}")
    plain = socket.socket(socket.AF_UNIX)
    plain.settimeout(LIMIT)
    plain.connect(path)
    with Client(plain) as client:
        assert client.ask(GET).status == 200
    assert alive(front, authority)
    assert front.stop()[0] == 0


def test_a_file_with_certificate_and_key(shop, authority, folder):
    front = Tls(f"cert={together(folder, *shop)}")
    assert alive(front, authority)
    assert front.stop()[0] == 0


def refusal(*arguments):
    done = subprocess.run([str(echo_binary()), "serve", "front=loop", *arguments, "tls:127.0.0.1:0"], input="",
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 1
    return done.stderr


def test_certificates_that_cannot_be_used(shop, other, folder):
    empty = folder / "empty.pem"
    empty.write_text("")
    encrypted = folder / "encrypted.key"
    subprocess.run(["openssl", "pkey", "-in", shop[1], "-aes128", "-passout", "pass:x", "-out", encrypted], check=True)
    for arguments, expected in [
        ((), "needs a certificate"),
        (pair(folder / "none.pem", shop[1]), "none.pem"),
        (pair(shop[0], folder / "none.key"), "none.key"),
        (pair(empty, shop[1]), "empty.pem"),
        (pair(shop[0], other[1]), "does not belong"),
        (pair(shop[0], encrypted), "encrypted.key"),
        ((f"cert={shop[0]}",), "private key"),
        ((*pair(*shop), f"cert={other[0]}"), "2 certificates and 1 private keys"),
        ((*pair(*shop), f"ca={empty}"), "empty.pem"),
        ((*pair(*shop), f"ca={folder / 'none.pem'}"), "none.pem"),
    ]:
        assert expected in refusal(*arguments), arguments


@pytest.fixture(scope="module")
def asking(shop, authority):
    made = Tls(*pair(*shop), f"ca={authority.certificate}")
    yield made
    assert made.stop()[0] == 0


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_client_certificates(asking, authority, tmp_path, version):
    stranger = Authority(tmp_path, "stranger")

    def ask(pair_of_files):
        context = trusting(authority)
        context.maximum_version = context.minimum_version = ssl.TLSVersion[version]
        if pair_of_files:
            context.load_cert_chain(*pair_of_files)
        with secure(asking, authority, context=context) as client:
            return client.ask(GET)

    assert ask(authority.issue("client", "client.example")).status == 200
    for wrong in [None, stranger.issue("client", "client.example"), authority.issue("late", "x", days=0)]:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            answer = ask(wrong)
            if answer is None:
                raise ConnectionError


def test_certificates_are_read_again(authority, tmp_path):
    now = [str(tmp_path / "now.pem"), str(tmp_path / "now.key")]

    def put_in_place(files):
        for source, target in zip(files, now):
            shutil.copy(source, target)

    put_in_place(authority.issue("first", "shop.example"))
    front = Tls(*pair(*now))
    with secure(front, authority) as old:
        assert subject(old) == "first"
        put_in_place(authority.issue("second", "shop.example"))
        assert front.reload() == "again"
        with secure(front, authority) as new:
            assert subject(new) == "second" and new.ask(GET).status == 200
        assert old.ask(GET).status == 200  # a connection keeps its certificate to its end
    pathlib.Path(now[1]).write_text("broken", "ascii")
    assert front.reload() == "kept"
    with secure(front, authority) as client:
        assert subject(client) == "second" and client.ask(GET).status == 200
    assert front.stop()[0] == 0


def test_midair_reads_certificates_again_on_sighup(database, authority, tmp_path):
    """The settings, a reload, and a mistake in a reload, which changes nothing."""
    first, second = authority.issue("one", "shop.example"), authority.issue("two", "shop.example")
    port = harness.free_port()
    server = harness.Midair(database, server={"front": "loop", "tls_certificates": first[0], "tls_keys": first[1]})
    server.sections["server"]["listen"] = f"127.0.0.1:{server.port}, tls:127.0.0.1:{port}"
    with server:
        def shown():
            plain = socket.create_connection(("127.0.0.1", port), LIMIT)
            with Client(trusting(authority).wrap_socket(plain, server_hostname="shop.example")) as client:
                assert client.ask("GET /_ready HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200
                return subject(client)

        assert shown() == "one"
        server.sections["server"].update(tls_certificates=second[0], tls_keys=second[1])
        server.write_config()
        server.hup()
        eventually(lambda: shown() == "two")
        server.sections["server"].update(tls_certificates=first[0])
        server.write_config()
        server.hup()
        eventually(lambda: "does not belong" in server.log())
        eventually(lambda: "reload_refused" in server.log())
        assert shown() == "two"


@pytest.mark.parametrize("settings, expected", [
    ({"listen": "tls:127.0.0.1:0"}, "tls_certificates"),
    ({"listen": "tls:127.0.0.1:0", "tls_certificates": "/none.pem"}, "/none.pem"),
    ({"listen": "tls:127.0.0.1:0", "front": "civetweb", "tls_certificates": "/none.pem"}, "front = loop"),
    ({"proxy_from": "10.0.0.1", "front": "civetweb"}, "front = loop"),
    ({"proxy_from": "10.0.0.1/8"}, "10.0.0.1/8"), ({"proxy_from": "localhost"}, "localhost"),
    ({"proxy_from": "10.0.0.0/33"}, "10.0.0.0/33"), ({"proxy_from": "::/129"}, "::/129"),
])
def test_settings_that_do_not_fit(tmp_path, settings, expected):
    path = tmp_path / "midair.ini"
    lines = [f"{name} = {value}" for name, value in {"front": "loop", **settings}.items()]
    path.write_text("[server]\n" + "\n".join(lines) + "\n[database]\nurl = host=/nowhere\n", "utf-8")
    done = harness.midair_command("serve", "--config", str(path), check=False)
    assert done.returncode != 0 and expected in done.stdout + done.stderr
