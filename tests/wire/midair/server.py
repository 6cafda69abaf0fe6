"""The midair processes under test: commands that run to their end, and a running `midair serve`."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from .environment import SANITIZER_REPORT, binary, clean_environment, free_port, front
from .http import Client, Connection
from .waiting import eventually


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


class Midair:
    """A running `midair serve`. Sections of the configuration come as dicts:

    Midair(database, server={"base_path": "/api"}, resources={"*": {"if_match": "optional"}})

    A value of None takes a setting out. Use it as a context manager: at the end it is stopped by SIGTERM,
    must exit 0 and must not have reported anything to a sanitizer.
    """

    def __init__(self, database, server=None, resources=None, url=None, settings=None, environment=None,
                 arguments=(), wait=True, log_to=None, wrapper=(), **sections):
        self.port = free_port()
        self.database = database
        self.folder = tempfile.mkdtemp(prefix="midair-wire-")
        self.config_path = os.path.join(self.folder, "midair.ini")
        self.log_path = os.path.join(self.folder, "log")
        self.sections = {
            "server": {"listen": f"127.0.0.1:{self.port}", "front": front(), **(server or {})},
            "database": {"url": url or database.url, **(settings or {})},
        }
        self.sections.update(sections)
        for name, values in (resources or {}).items():
            self.sections[f"resource {name}"] = values
        self.base = (server or {}).get("base_path") or ""
        self.environment, self.arguments, self.wait = environment or {}, list(arguments), wait
        self.process = None
        self.wrapper = list(wrapper)  # a command that runs midair, such as prlimit
        self.log_to = log_to  # a file descriptor that takes the log instead of the file

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
        stderr = log if self.log_to is None else self.log_to
        env = clean_environment(**self.environment)
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        env.setdefault("TSAN_OPTIONS", "exitcode=66:second_deadlock_stack=1")
        self.process = subprocess.Popen([*self.wrapper, binary(), "serve", "--config", self.config_path, *self.arguments],
                                        env=env, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
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
        """SIGTERM drains and exits 0 (docs/http.md section 11)."""
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
