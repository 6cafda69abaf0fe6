"""The harness of the black-box tests: a private PostgreSQL, a midair process, and a small HTTP client.

Nothing here knows the inside of midair: it writes an INI file, starts the binary that MIDAIR_BIN names
(build/dev/midair otherwise), talks HTTP to it and SQL to its database. It ends only processes that it
started itself.
"""

import contextlib
import decimal
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import psycopg2
import psycopg2.extras

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCHEMA = HERE / "schema.sql"
LIMIT = 20  # seconds that any single wait may take

SANITIZER_REPORT = re.compile(
    r"(ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:|FATAL: ThreadSanitizer)"
)

JSON = "application/json"
MERGE = "application/merge-patch+json"
PATCH = "application/json-patch+json"
UPDATE = "application/vnd.midair.update+json"
PROBLEM = "application/problem+json"


def binary():
    """The midair under test."""
    return os.environ.get("MIDAIR_BIN") or str(ROOT / "build" / "dev" / "midair")


_sanitizer = {}


def sanitizer():
    """"address", "thread" or "": what the binary was built with, so that long tests can be shorter."""
    path = binary()
    if path not in _sanitizer:
        content = pathlib.Path(path).read_bytes()
        found = ""
        if b"__tsan_init" in content:
            found = "thread"
        elif b"__asan_init" in content:
            found = "address"
        _sanitizer[path] = found
    return _sanitizer[path]


def clean_environment(**extra):
    """The environment without settings of midair and libpq, which would reach the processes under test."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("MIDAIR_") and not k.startswith("PG")}
    env["LC_ALL"] = "C.UTF-8"
    env.update(extra)
    return env


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(check, timeout=LIMIT, every=0.02):
    """Calls `check` until it returns something true, and returns that; fails with its last error otherwise."""
    end = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = check()
            if value:
                return value
            last = None
        except (AssertionError, OSError, psycopg2.Error, ValueError) as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"not so within {timeout} s: {last or check}")
        time.sleep(every)


def race(count, call):
    """call(0) … call(count - 1) at once, one thread each; their results in order. Errors are raised."""
    barrier = threading.Barrier(count)
    results, errors = [None] * count, []

    def run(i):
        try:
            barrier.wait(LIMIT)
            results[i] = call(i)
        except BaseException as error:  # noqa: B902: handed on to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(6 * LIMIT)
        assert not t.is_alive(), "a racer never came back"
    if errors:
        raise errors[0]
    return results


# PostgreSQL


def pg_bin(name):
    for folder in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    assert found, f"{name} is not installed"
    return found


def as_ordinary(command):
    """PostgreSQL and PgBouncer refuse to run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] + command


def own(path):
    if os.geteuid() == 0:
        who = pwd.getpwnam("postgres")
        os.chown(path, who.pw_uid, who.pw_gid)


class Postgres:
    """A private cluster below /tmp, reached through a unix socket. Use it as a context manager."""

    def __init__(self, durable=False, **settings):
        self.folder = tempfile.mkdtemp(prefix="midair-pg-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        own(self.folder)
        self.data = os.path.join(self.folder, "data")
        self.log_path = os.path.join(self.folder, "log")
        self.settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "max_connections": 200,
            "shared_buffers": "64MB",
            "fsync": "on" if durable else "off",
            "synchronous_commit": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "log_min_messages": "warning",
            "log_statement": "none",
            "timezone": "UTC",
        }
        self.settings.update(settings)
        self.running = False
        self._databases = 0
        self._lock = threading.Lock()

    def __enter__(self):
        self._call([pg_bin("initdb"), "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                    "--locale=C.UTF-8", "--no-sync"])
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a", encoding="utf-8") as conf:
            for name, value in self.settings.items():
                conf.write(f"{name} = '{value}'\n")
        self.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, command, check=True):
        done = subprocess.run(as_ordinary(command), cwd="/", env=clean_environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120)
        assert not check or done.returncode == 0, done.stdout.decode(errors="replace")
        return done

    def start(self):
        # pg_ctl's child keeps standard output open, so it must not be our pipe.
        command = as_ordinary([pg_bin("pg_ctl"), "-D", self.data, "-l", self.log_path, "-w", "-t", "60", "start"])
        done = subprocess.run(command, cwd="/", env=clean_environment(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == 0, self.log()
        self.running = True

    def stop(self, mode="fast"):
        if self.running:
            self._call([pg_bin("pg_ctl"), "-D", self.data, "-w", "-t", "60", "-m", mode, "stop"])
            self.running = False

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            return pathlib.Path(self.log_path).read_text(errors="replace")
        return ""

    def url(self, database="postgres", **more):
        parts = {"host": self.folder, "dbname": database, "user": "postgres"}
        parts.update(more)
        return " ".join(f"{k}={v}" for k, v in parts.items())

    def connect(self, database="postgres", **more):
        connection = psycopg2.connect(self.url(database, **more))
        connection.autocommit = True
        return connection

    def create_database(self, template="template0", name=None):
        with self._lock:
            self._databases += 1
            name = name or f"db{self._databases}"
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return Database(self, name)


class Database:
    """One database of the cluster; every call uses the same connection, in autocommit."""

    def __init__(self, postgres, name):
        self.postgres, self.name = postgres, name
        self._connection = None
        self._lock = threading.RLock()

    @property
    def url(self):
        return self.postgres.url(self.name)

    def connect(self, **more):
        return self.postgres.connect(self.name, **more)

    def close(self):
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def sql(self, text, *params):
        """Runs SQL; the rows of the last statement as tuples, or the number of affected rows."""
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = self.connect()
            with self._connection.cursor() as cursor:
                cursor.execute(text, params or None)
                return cursor.fetchall() if cursor.description else cursor.rowcount

    def one(self, text, *params):
        """The single row of a query, unwrapped when it has one column."""
        rows = self.sql(text, *params)
        assert len(rows) == 1, f"{len(rows)} rows from {text}"
        return rows[0][0] if len(rows[0]) == 1 else rows[0]

    def row(self, table, **where):
        """The one row as a dict (values as psycopg2 gives them), or None."""
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = self.connect()
            with self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                test = " AND ".join(f'"{name}" = %s' for name in where)
                cursor.execute(f"SELECT * FROM {table} WHERE {test}", list(where.values()))
                rows = cursor.fetchall()
        assert len(rows) < 2
        return dict(rows[0]) if rows else None

    def insert(self, table, returning="id", **values):
        """Inserts a row by SQL and returns one column of it."""
        names = ", ".join(f'"{n}"' for n in values)
        if not values:
            return self.one(f'INSERT INTO {table} DEFAULT VALUES RETURNING "{returning}"')
        marks = ", ".join(["%s"] * len(values))
        return self.one(f'INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING "{returning}"', *values.values())


def midair_command(*arguments, check=True, **run):
    """Runs `midair …` to its end; the CompletedProcess with text streams."""
    done = subprocess.run([binary(), *arguments], env=clean_environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60, text=True, **run)
    assert not SANITIZER_REPORT.search(done.stderr), done.stderr
    assert not check or done.returncode == 0, f"midair {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done


def stamp(database, *tables, options=()):
    """The real `midair stamp`."""
    return midair_command("stamp", "--database", database.url, *options, *tables)


# The tables of schema.sql that are stamped, and those under other column names.
STAMPED = ["customers", "orders", "items", "order_lines", "products", "places", "pairs", "tokens", "moments",
           '"MixedCase"', "boxes", "tickets", "events", "shouts", "scalars", "counters", "_hidden"]
RENAMED = ["klanten"]
RENAMED_OPTIONS = ["--columns", "created=aangemaakt,modified=gewijzigd,version=versie"]


def make_template(postgres, name="shop"):
    """A database with the sample schema, stamped by midair itself; others are copied from it."""
    database = postgres.create_database(name=name)
    database.sql(SCHEMA.read_text(encoding="utf-8"))
    stamp(database, *STAMPED)
    stamp(database, *RENAMED, options=RENAMED_OPTIONS)
    database.close()
    return name


# HTTP


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


class Midair:
    """A running `midair serve`. Sections of the configuration come as dicts:

    Midair(database, server={"base_path": "/api"}, resources={"*": {"if_match": "optional"}})

    A value of None takes a setting out. Use it as a context manager: at the end it is stopped by SIGTERM,
    must exit 0 and must not have reported anything to a sanitizer.
    """

    def __init__(self, database, server=None, resources=None, url=None, settings=None, environment=None,
                 arguments=(), wait=True, **sections):
        self.port = free_port()
        self.database = database
        self.folder = tempfile.mkdtemp(prefix="midair-wire-")
        self.config_path = os.path.join(self.folder, "midair.ini")
        self.log_path = os.path.join(self.folder, "log")
        self.sections = {
            "server": {"listen": f"127.0.0.1:{self.port}", **(server or {})},
            "database": {"url": url or database.url, **(settings or {})},
        }
        self.sections.update(sections)
        for name, values in (resources or {}).items():
            self.sections[f"resource {name}"] = values
        self.base = (server or {}).get("base_path") or ""
        self.environment, self.arguments, self.wait = environment or {}, list(arguments), wait
        self.process = None

    def write_config(self):
        lines = []
        for section, values in self.sections.items():
            lines.append(f"[{section}]")
            lines += [f"{name} = {value}" for name, value in values.items() if value is not None]
        pathlib.Path(self.config_path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if self.process:
                if kind:  # the test failed already: say no more than that
                    with contextlib.suppress(AssertionError):
                        self.stop()
                else:
                    self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.write_config()
        log = open(self.log_path, "ab")
        env = clean_environment(**self.environment)
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        env.setdefault("TSAN_OPTIONS", "exitcode=66:second_deadlock_stack=1")
        self.process = subprocess.Popen([binary(), "serve", "--config", self.config_path, *self.arguments],
                                        env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        if self.wait:
            try:
                eventually(self.is_ready)
            except BaseException:
                self.kill()
                raise
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise SystemError(f"midair ended with {self.process.returncode}:\n{self.log()}")
        with self.client(timeout=5) as client:
            return client.get("/_ready").status == 200

    def client(self, **more):
        return Client(self.port, self.base, **more)

    def raw(self, **more):
        return Connection(self.port, **more)

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def hup(self):
        self.signal(signal.SIGHUP)

    def memory(self):
        """Resident bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M).group(1)) * 1024

    def check_log(self):
        assert not SANITIZER_REPORT.search(self.log()), self.log()[-20000:]

    def stop(self):
        """SIGTERM drains and exits 0 (contract 11)."""
        if not self.process:
            return
        process, self.process = self.process, None
        ended = process.poll()
        if ended is None:
            process.send_signal(signal.SIGTERM)
            try:
                ended = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"SIGTERM did not end it:\n{self.log()[-5000:]}") from None
        assert not SANITIZER_REPORT.search(self.log()), self.log()[-20000:]
        assert ended == 0, f"exit {ended}:\n{self.log()[-10000:]}"

    def kill(self):
        """SIGKILL: for the tests that mean it."""
        if self.process:
            process, self.process = self.process, None
            process.kill()
            process.wait()
