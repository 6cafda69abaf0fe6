"""Suites of real JavaScript clients below tests/clients: their packages, and `node --test` with URLs in the
environment.

Each folder has a package.json, a package-lock.json without addresses, and files *.test.mjs (or .js).
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import midair as harness

CLIENTS = harness.ROOT / "tests" / "clients"
OLDEST_NODE = 18
INSTALL_LIMIT = 300  # seconds for `npm ci`
RUN_LIMIT = 600      # seconds for a whole suite


def program(name):
    """The path of node or npm; `scripts/setup test` installs them."""
    found = shutil.which(name)
    assert found, f"{name} is not installed: scripts/setup test"
    return found


def node():
    """The path of a node that is new enough."""
    path = program("node")
    version = subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
    assert int(re.match(r"v(\d+)", version).group(1)) >= OLDEST_NODE, f"{path} is {version.strip()}: too old"
    return path


def install(folder):
    """`npm ci`, unless node_modules is already what package-lock.json says.

    A digest of the lock file is written last, so that an installation that was broken off is done again;
    a lock keeps two workers from installing into one folder at once.
    """
    folder = pathlib.Path(folder)
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    mark = folder / "node_modules" / ".installed"
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text().strip() == wanted:
            return
        done = subprocess.run([program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder,
                              env=harness.clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=INSTALL_LIMIT, text=True)
        assert done.returncode == 0, f"npm ci in {folder}:\n{done.stdout[-5000:]}"
        mark.write_text(wanted + "\n")
    finally:
        os.close(descriptor)


def lock_addresses(folder):
    """The addresses in the lock file; there should be none, so that it holds for every registry. A package of this
    repository is named by its path."""
    text = (pathlib.Path(folder) / "package-lock.json").read_text(encoding="utf-8")
    return re.findall(r'"resolved": "[^"]*:.*', text)


def run_tests(folder, **environment):
    """Installs what is missing and runs `node --test` in `folder`; the counts that it prints, as a dict.

    Fails with the suite's output if a test failed, or if there was none. Values of `environment` become strings.
    """
    install(folder)
    env = harness.clean_environment(**{name: str(value) for name, value in environment.items()})
    env.pop("NODE_OPTIONS", None)
    # One file at a time, as they share what the environment names.
    done = subprocess.run([node(), "--test", "--test-reporter=tap", "--test-concurrency=1"], cwd=folder, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=RUN_LIMIT,
                          text=True)
    summary = re.findall(r"^# (tests|pass|fail|skipped|todo) (\d+)$", done.stdout, re.M)
    counts = {name: int(value) for name, value in summary}
    assert done.returncode == 0 and counts.get("fail") == 0, done.stdout[-30000:]
    assert counts.get("pass", 0) > 0, f"no test ran:\n{done.stdout[-5000:]}"
    print(done.stdout)
    return counts
