"""A small HTTP client that hides nothing: raw connections, answers with all their field lines, keep-alive requests."""

import contextlib
import decimal
import json
import re
import socket

from .waiting import LIMIT

JSON = "application/json"
MERGE = "application/merge-patch+json"
PATCH = "application/json-patch+json"
UPDATE = "application/vnd.midair.update+json"
PROBLEM = "application/problem+json"


class Response:
    """One answer, nothing hidden: header lines in order, repeated ones included, and the body's bytes."""

    def __init__(self, request, version, status, reason, headers, body):
        self.request, self.version, self.status, self.reason = request, version, status, reason
        self.headers, self.body = headers, body

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return ", ".join(values) if values else default

    def members(self, name):
        """The members of a list field, in lower case."""
        return [m.strip().lower() for m in (self.get(name) or "").split(",") if m.strip()]

    @property
    def etag(self):
        return self.get("ETag")

    @property
    def type(self):
        return (self.get("Content-Type") or "").split(";")[0].strip().lower()

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        """The content, with numbers kept exact."""
        return json.loads(self.text, parse_float=decimal.Decimal, parse_constant=_no_constant)

    def __repr__(self):
        lines = "\n".join(f"    {n}: {v}" for n, v in self.headers)
        return f"\n{self.request}\n -> {self.status} {self.reason}\n{lines}\n    {self.body[:2000]!r}\n"

    def expect(self, *statuses):
        assert self.status in statuses, f"expected {statuses}: {self!r}"
        return self

    def problem(self, *statuses):
        """Expects an RFC 9457 problem document with one of the statuses; returns it."""
        self.expect(*statuses)
        assert self.type == PROBLEM, repr(self)
        document = self.json()
        assert isinstance(document, dict), repr(self)
        for name in ("type", "title", "status", "detail"):
            assert name in document, f"{name} is missing: {self!r}"
        assert document["status"] == self.status, repr(self)
        assert isinstance(document["title"], str) and document["title"], repr(self)
        return document


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


class Broken(OSError):
    """The connection ended before the answer was whole. `received` says whether any byte of it came."""

    def __init__(self, message, received=b""):
        super().__init__(message)
        self.received = received


class Connection:
    """A raw connection: sends bytes, reads answers one by one."""

    def __init__(self, port, host="127.0.0.1", timeout=LIMIT):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.timeout = timeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Broken("the connection was closed in the middle of an answer", self.buffer)
        self.buffer += data

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        data, self.buffer = self.buffer.split(mark, 1)
        return data

    def response(self, method="GET", request=""):
        """The next final answer (1xx are skipped unless it is all that comes)."""
        while True:
            head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            match = re.fullmatch(r"(HTTP/\d\.\d) (\d{3})(?: (.*))?", head[0])
            assert match, f"not a status line: {head[0]!r}"
            version, status, reason = match.group(1), int(match.group(2)), match.group(3) or ""
            if status >= 200:
                break
        headers = []
        for line in head[1:]:
            assert ":" in line, f"not a field line: {line!r}"
            name, value = line.split(":", 1)
            assert re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name), f"not a field name: {line!r}"
            headers.append((name, value.strip(" \t")))
        response = Response(request, version, status, reason, headers, b"")
        lengths, coding = response.all("Content-Length"), response.members("Transfer-Encoding")
        assert len(lengths) < 2, f"several lengths: {headers}"
        assert not (lengths and coding), f"length beside coding: {headers}"
        if method == "HEAD" or status in (204, 304):
            if status == 204:
                assert not coding, "RFC 9112 6.1"
        elif "chunked" in coding:
            body = b""
            while True:
                size = int(self._until(b"\r\n").split(b";")[0], 16)
                if size == 0:
                    while self._until(b"\r\n"):
                        pass
                    break
                body += self._take(size)
                assert self._take(2) == b"\r\n"
            response.body = body
        elif lengths:
            response.body = self._take(int(lengths[0]))
        else:
            with contextlib.suppress(Broken):
                while True:
                    self._more()
            response.body, self.buffer = self.buffer, b""
        return response

    def responses(self):
        """All answers until the server closes the connection."""
        found = []
        while True:
            if not self.buffer and self.at_end():
                return found
            found.append(self.response())

    def at_end(self):
        """Waits for more or for the end; True when the server has closed."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return True
        self.buffer += data
        return not data

    def is_closed(self, within=LIMIT):
        """Whether the server closes this connection without sending more."""
        self.socket.settimeout(within)
        try:
            return not self.buffer and self.at_end()
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(self.timeout)


class Client:
    """Keep-alive requests over one connection. Not for several threads at once.

    Fields come as a dict, as a list of pairs (repeated lines), or as keywords: if_match='"x"'.
    A body that is a dict, list, number … is sent as JSON; bytes and str go as they are.
    """

    def __init__(self, port, base="", timeout=LIMIT, headers=()):
        self.port, self.base, self.timeout = port, base, timeout
        self.headers = list(dict(headers).items() if isinstance(headers, dict) else headers)
        self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def connection(self):
        if self._connection:
            self._connection.socket.setblocking(False)
            try:
                if self._connection.socket.recv(1, socket.MSG_PEEK) == b"":
                    self.close()
            except BlockingIOError:
                pass
            except OSError:
                self.close()
        if not self._connection:
            self._connection = Connection(self.port, timeout=self.timeout)
        self._connection.socket.settimeout(self.timeout)
        return self._connection

    def request(self, method, target, body=None, headers=(), type=None, **fields):
        lines = list(self.headers)
        lines += list(headers.items()) if isinstance(headers, dict) else list(headers)
        lines += [(n.replace("_", "-").title(), v) for n, v in fields.items() if v is not None]
        if body is None:
            content = None
        elif isinstance(body, bytes):
            content = body
        elif isinstance(body, str):
            content = body.encode("utf-8")
        else:
            content = dump(body).encode("utf-8")
        names = {n.lower() for n, _ in lines}
        if "host" not in names:
            lines.insert(0, ("Host", f"127.0.0.1:{self.port}"))
        if content is not None:
            if "content-type" not in names and type is not False:
                lines.append(("Content-Type", type or JSON))
            if "content-length" not in names and "transfer-encoding" not in names:
                lines.append(("Content-Length", str(len(content))))
        elif type and "content-type" not in names:
            lines.append(("Content-Type", type))
        raw_target = (self.base + target) if isinstance(target, str) else target
        if isinstance(raw_target, str):
            raw_target = raw_target.encode("utf-8")
        head = method.encode() + b" " + raw_target + b" HTTP/1.1\r\n"
        for name, value in lines:
            head += name.encode("latin-1") + b": " + (value if isinstance(value, bytes) else str(value).encode("utf-8"))
            head += b"\r\n"
        shown = head.decode("latin-1") + repr((content or b"")[:500])
        connection = self.connection()
        try:
            connection.send(head + b"\r\n" + (content or b""))
            response = connection.response(method, shown)
        except (OSError, AssertionError):
            self.close()
            raise
        if "close" in response.members("Connection") or response.version == "HTTP/1.0":
            self.close()
        return response

    def get(self, target, **more):
        return self.request("GET", target, **more)

    def head(self, target, **more):
        return self.request("HEAD", target, **more)

    def options(self, target, **more):
        return self.request("OPTIONS", target, **more)

    def post(self, target, body=None, **more):
        return self.request("POST", target, body, **more)

    def put(self, target, body=None, **more):
        return self.request("PUT", target, body, **more)

    def patch(self, target, body=None, **more):
        return self.request("PATCH", target, body, **more)

    def delete(self, target, body=None, **more):
        return self.request("DELETE", target, body, **more)

    def tag(self, target):
        """The tag that the resource has now."""
        return self.get(target).expect(200).etag


def dump(value):
    """JSON text that keeps the digits of decimals, so that what Response.json() gave can be sent back."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(k), ensure_ascii=False)}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dump(v) for v in value) + "]"
    if isinstance(value, decimal.Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
