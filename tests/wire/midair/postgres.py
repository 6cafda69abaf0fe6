"""A private PostgreSQL cluster and its databases."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import threading

import psycopg2
import psycopg2.extras

from .environment import clean_environment, scratch


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
    """A private cluster, reached through a unix socket. Use it as a context manager.

    A durable one is on a disk below /tmp and syncs its files; another one is where scratch() says.
    """

    def __init__(self, durable=False, **settings):
        self.folder = tempfile.mkdtemp(prefix="midair-pg-", dir="/tmp" if durable else scratch())
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
        self.samples = set()  # names of the sample databases that are there
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
