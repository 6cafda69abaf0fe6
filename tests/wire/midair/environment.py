"""Where things are, which binary is under test, and the environment of the processes that tests start."""

import contextlib
import os
import pathlib
import re
import socket

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent

SANITIZER_REPORT = re.compile(
    r"(ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:|FATAL: ThreadSanitizer)"
)


def binary():
    """The midair under test."""
    return os.environ.get("MIDAIR_BIN") or str(ROOT / "build" / "dev" / "midair")


def front():
    """How the midair under test serves: `front` of [server]."""
    return os.environ.get("MIDAIR_TEST_FRONT") or "loop"


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


def scratch():
    """The directory for what need not outlive the machine: /dev/shm where it has room, as a file system on a disk makes
    the creation of a database some ten times as expensive; /tmp otherwise."""
    with contextlib.suppress(OSError):
        free = os.statvfs("/dev/shm")
        if free.f_bavail * free.f_frsize >= 2 << 30 and os.access("/dev/shm", os.W_OK | os.X_OK):
            return "/dev/shm"
    return "/tmp"
