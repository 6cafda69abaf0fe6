"""The harness of the black-box tests: a private PostgreSQL, a midair process, and a small HTTP client.

Nothing here depends on how midair works inside: the harness writes an INI file, starts the binary that MIDAIR_BIN
names (build/dev/midair otherwise), speaks HTTP to it and SQL to its database. It ends only processes that it
started itself.

    environment   paths, the binary under test, the environment of child processes
    waiting       eventually(), race(), and the time that any single wait may take
    postgres      Postgres (a private cluster) and Database
    http          Response, Connection (raw bytes), Client (keep-alive requests)
    server        midair_command(), stamp(), Midair (a running server)
    samples       SHOP and FAMILY, the sample databases, and create(), which copies one or makes an empty one
"""

from .environment import HERE, ROOT, SANITIZER_REPORT, binary, clean_environment, free_port, front, sanitizer, scratch
from .http import (JSON, MERGE, PATCH, PROBLEM, UPDATE, Broken, Client, Connection, Response, dump)
from .postgres import Database, Postgres, as_ordinary, own, pg_bin
from .samples import FAMILY, SHOP, create
from .server import Midair, midair_command, stamp
from .waiting import LIMIT, eventually, race

__all__ = ["FAMILY", "HERE", "JSON", "LIMIT", "MERGE", "PATCH", "PROBLEM", "ROOT", "SANITIZER_REPORT", "SHOP",
           "UPDATE", "Broken", "Client", "Connection", "Database", "Midair", "Postgres", "Response", "as_ordinary",
           "binary", "clean_environment", "create", "dump", "eventually", "free_port", "front", "midair_command",
           "own", "pg_bin", "race", "sanitizer", "scratch", "stamp"]
