"""The command line, configuration, reload, signals and the embedded PostgreSQL (ours: docs/http.md section 11)."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2
import pytest

import midair as harness
import tables

COMMANDS = ["serve", "stamp", "unstamp", "check", "openapi", "settings"]


def run(*arguments, environment=None, **more):
    done = subprocess.run([harness.binary(), *arguments], env=harness.clean_environment(**(environment or {})),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60,
                          text=True, **more)
    assert not harness.SANITIZER_REPORT.search(done.stderr), done.stderr
    return done


def events(server, event):
    return [line for line in server.log().splitlines() if f" event={event} " in line + " "]


def resources(server):
    """How many resources midair has, by its own log."""
    lines = events(server, "ready") + events(server, "reloaded")
    return int(re.search(r"resources=(\d+)", lines[-1]).group(1))


# Help and misuse


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command):
    done = run(command, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert f"usage: midair {command}" in done.stdout


def test_help_names_every_command_and_serve_every_setting():
    general = run("--help").stdout
    assert all(re.search(rf"^  {command} ", general, re.M) for command in COMMANDS)
    listed = run("serve", "--help").stdout
    for name in re.findall(r"^#(\w+) =", run("settings", "--format=ini").stdout, re.M):
        assert re.search(rf"^  {name}\b", listed, re.M), name


@pytest.mark.quick
def test_version_is_one_line():
    done = run("--version")
    assert done.returncode == 0 and re.fullmatch(r"midair \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("arguments, says", [
    ([], "usage: midair"),
    (["serf"], "did you mean serve?"),
    (["--verison"], "--verison"),
    (["serve", "--confg", "x"], "did you mean --config?"),
    (["serve", "--config"], "--config needs a value"),
    (["serve", "--config="], "must not be empty"),
    (["serve", "--config", "a", "--config", "b"], "given twice"),
    (["serve", "stray"], "unexpected argument 'stray'"),
    (["serve", "--dry-run"], "unknown option --dry-run"),
    (["serve", "-c", "x"], "unknown option -c"),
    (["stamp", "--database", "dbname=x"], "needs a TABLE"),
    (["stamp", "orders"], "needs --config or --database"),
    (["stamp", "--database", "dbname=x", "--dry-run=yes", "t"], "takes no value"),
    (["unstamp", "--database", "dbname=x", "--columns", "a", "t"], "unknown option --columns"),
    (["check"], "needs --config or --database"),
    (["openapi"], "needs --config or --database"),
    (["settings", "--format", "xml"], "--format is"),
], ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "")
def test_a_wrong_command_line_exits_2_and_says_what_is_wrong(arguments, says):
    done = run(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr, done.stderr


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.binary(), "settings"], stdout=full, stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 1 and b"standard output" in done.stderr


# Configuration


def test_every_mistake_is_listed_with_file_and_line(tmp_path):
    path = tmp_path / "midair.ini"
    path.write_text("[server]\nlisten = nowhere\nthreds = 4\n\n[database]\npool_size = 0\nurl = password='hush\n"
                    "[resource a]\nif_match = perhaps\n")
    done = run("serve", "--config", str(path), environment={"MIDAIR_SERVER_MAX_URL": "1"})
    assert done.returncode == 1
    for where in (f"{path}:2:", f"{path}:3:", f"{path}:6:", f"{path}:7:", f"{path}:9:", "MIDAIR_SERVER_MAX_URL:"):
        assert where in done.stderr, done.stderr
    assert "did you mean threads?" in done.stderr and "hush" not in done.stderr


@pytest.mark.parametrize("command", [["serve"], ["check"], ["openapi"], ["stamp", "t"]], ids=lambda c: c[0])
def test_a_configuration_that_is_not_there_fails(command, tmp_path):
    done = run(command[0], "--config", str(tmp_path / "none.ini"), *command[1:])
    assert done.returncode == 1 and "none.ini" in done.stderr


def test_the_sample_configuration_loads(database):
    done = run("check", "--config", str(harness.ROOT / "config" / "midair.ini"), "--database", database.url)
    assert done.returncode == 0, done.stderr
    assert "orders" in done.stdout


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(database, start):
    port = harness.free_port()
    server = harness.Midair(database, server={"listen": "127.0.0.1:1"}, arguments=["--listen", f"127.0.0.1:{port}"],
                            environment={"MIDAIR_SERVER_LISTEN": "127.0.0.1:2", "MIDAIR_DATABASE_POOL_SIZE": "3"})
    server.port = port
    with server:
        ready = harness.eventually(lambda: events(server, "ready"))  # it answers before it says so
        assert f"address=127.0.0.1:{port} " in ready[0]


def test_check_lists_what_is_wrong_with_the_database(database, tmp_path):
    path = tmp_path / "midair.ini"
    path.write_text(f"[database]\nurl = {database.url}\n[resource ghosts]\nmax_rows = 1\n"
                    "[resource o]\ntable = no_such_table\n")
    done = run("check", "--config", str(path))
    assert done.returncode == 1
    assert "ghosts" in done.stdout and "no_such_table" in done.stdout


def test_a_database_that_is_away_is_said_and_fails_a_command():
    done = run("check", "--database", "host=/nonexistent dbname=x password=hush")
    assert done.returncode == 1 and done.stderr.startswith("midair: ") and "hush" not in done.stderr


def test_a_start_with_a_resource_that_has_no_table_fails(database, tmp_path):
    path = tmp_path / "midair.ini"
    path.write_text(f"[server]\nlisten = 127.0.0.1:0\n[database]\nurl = {database.url}\n[resource ghosts]\nmax_rows = 1\n")
    done = run("serve", "--config", str(path))
    assert done.returncode == 1 and "ghosts" in done.stderr


# OpenAPI


def refs(node):
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        for value in node.values():
            yield from refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from refs(value)


def test_the_openapi_document_is_whole(database):
    document = json.loads(run("openapi", "--database", database.url).stdout)
    assert document["openapi"] == "3.1.0" and document["info"]["title"] and document["info"]["version"]
    for ref in set(refs(document)):
        node = document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
    for kind in document["components"].values():
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in kind)
    ids = []
    for path, item in document["paths"].items():
        named = {p["name"] for p in item.get("parameters", [])}
        assert path.startswith("/") and set(re.findall(r"{([^}]*)}", path)) == named
        for method, operation in item.items():
            if method in ("parameters", "summary", "description"):
                continue
            ids.append(operation["operationId"])
            assert operation["responses"]
            for status, response in operation["responses"].items():
                assert status == "default" or re.fullmatch(r"[1-5]\d\d", status)
                assert "$ref" in response or response["description"]
    assert len(ids) == len(set(ids))


def test_the_openapi_document_says_what_conditional_requests_need(database):
    document = json.loads(run("openapi", "--database", database.url).stdout)
    patch = document["paths"]["/orders/{id}"]["patch"]
    assert {"412", "428"} <= set(patch["responses"])
    assert "#/components/parameters/IfMatch" in [p["$ref"] for p in patch["parameters"]]
    assert "application/merge-patch+json" in patch["requestBody"]["content"]
    get = document["paths"]["/orders/{id}"]["get"]
    assert "304" in get["responses"] and "ETag" in get["responses"]["200"]["headers"]
    properties = document["components"]["schemas"]["orders"]["properties"]
    for name in ("created", "modified", "version", "etag"):
        assert properties[name]["readOnly"] is True
    assert properties["id"]["type"] == "integer" and properties["note"]["type"] == ["string", "null"]
    customers = document["components"]["schemas"]["customers"]
    assert customers["required"] == ["name"]
    assert customers["properties"]["mood"]["enum"] == ["calm", "busy", "closed, for now"]
    assert "/order_lines/{order_id},{line}" in document["paths"]


# Signals and reload


def test_sigterm_and_sigint_stop_it_with_0(database, start):
    for number in (signal.SIGTERM, signal.SIGINT):
        server = start(database)
        process = server.process
        process.send_signal(number)
        assert process.wait(20) == 0
        assert events(server, "stopped")


def test_a_wrong_port_fails_the_start(database, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--database", database.url, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 1 and "cannot listen" in done.stderr


def test_it_may_start_before_the_database(cluster, start):
    server = start(None, url=cluster.url("later"), wait=False)
    harness.eventually(lambda: events(server, "waiting"))
    with server.client() as client:
        assert client.get("/_live").status == 200
        assert client.get("/_ready").status == 503
        assert client.get("/orders").status == 503
    cluster.create_database(name="later")
    harness.eventually(server.is_ready, timeout=5)


def test_notify_rereads_the_catalog(fresh_database, start):
    server = start(fresh_database)
    before = resources(server)
    fresh_database.sql(tables.item("newcomers"))
    fresh_database.sql("NOTIFY midair, 'reload'")
    harness.eventually(lambda: resources(server) == before + 1)
    with server.client() as client:
        assert client.get("/newcomers").status == 200


def test_other_notifications_are_not_for_it(fresh_database, start):
    server = start(fresh_database)
    fresh_database.sql("NOTIFY midair, 'hello'")
    fresh_database.sql("NOTIFY other, 'reload'")
    fresh_database.sql("NOTIFY midair, 'reload'")
    harness.eventually(lambda: events(server, "reloaded"))
    assert len(events(server, "reloaded")) == 1


def test_sighup_rereads_the_configuration(fresh_database, start):
    server = start(fresh_database)
    server.sections["resource bestellingen"] = {"table": "orders"}
    server.sections["server"]["threads"] = "77"
    server.write_config()
    server.hup()
    harness.eventually(lambda: events(server, "reloaded"))
    with server.client() as client:
        assert client.get("/bestellingen").status == 200
    assert "threads" in events(server, "config_ignored")[0]


def test_a_reload_with_a_mistake_keeps_the_old_state(fresh_database, start):
    server = start(fresh_database)
    good = dict(server.sections["server"])
    for section, values in (("server", {"max_body": "none"}), ("resource ghosts", {"max_rows": "5"})):
        server.sections["server"] = dict(good)
        server.sections.setdefault(section, {}).update(values)
        server.write_config()
        refused = len(events(server, "reload_refused"))
        server.hup()
        harness.eventually(lambda: len(events(server, "reload_refused")) > refused)
        with server.client() as client:
            assert client.get("/orders").status == 200
    assert any("max_body" in line for line in events(server, "config_mistake"))
    del server.sections["resource ghosts"]
    server.sections["server"] = good
    server.write_config()
    server.hup()
    harness.eventually(lambda: events(server, "reloaded"))


def test_no_password_is_logged(fresh_database, start):
    server = start(fresh_database, url=fresh_database.url + " password=hush", settings={"log_sql": "on"})
    with server.client() as client:
        client.get("/orders")
    server.hup()
    harness.eventually(lambda: events(server, "reloaded"))
    assert "hush" not in server.log()


# The embedded PostgreSQL


class Embedded(harness.Midair):
    def __init__(self, folder, **more):
        super().__init__(None, url="dbname=ignored", arguments=["--embedded", str(folder)], **more)
        self.data = pathlib.Path(folder)

    def connect(self):
        lines = (self.data / "data" / "postmaster.pid").read_text().splitlines()
        made = psycopg2.connect(host=lines[4], port=lines[3], user="postgres", dbname="midair")
        made.autocommit = True
        return made

    def sql(self, text):
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else None


@pytest.fixture(scope="module")
def place():
    """Reachable by the account of PostgreSQL: pytest closes its own directories, also those of a run beside this one."""
    made = tempfile.mkdtemp(prefix="midair-cli-", dir=harness.scratch())
    os.chmod(made, 0o755)
    yield pathlib.Path(made)
    shutil.rmtree(made, ignore_errors=True)


def postmaster(folder):
    return int((pathlib.Path(folder) / "data" / "postmaster.pid").read_text().splitlines()[0])


def exists(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return "zombie" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    return False


def test_embedded_keeps_its_data_and_ends_with_midair(place):
    folder = place / "keeps"
    with Embedded(folder) as first:
        first.sql(tables.item("notes"))
        assert first.sql("SHOW listen_addresses") == [("",)]
        assert first.sql("SHOW server_encoding") == [("UTF8",)]
        pid = postmaster(folder)
        for name in ("", "run", "data"):
            assert os.stat(folder / name).st_mode & 0o077 == 0
    assert not exists(pid)
    with Embedded(folder) as second:
        assert second.sql("SELECT note FROM notes") == [("as it was",)]
        with second.client() as client:
            assert client.get("/notes").status == 200


def test_embedded_survives_the_death_of_midair(place):
    folder = place / "killed"
    with Embedded(folder) as first:
        first.sql(tables.item("notes"))
        pid = postmaster(folder)
        first.kill()
    with Embedded(folder) as second:
        assert second.sql("SELECT count(*) FROM notes") == [(1,)]
    assert not exists(pid)


def test_embedded_does_not_outlive_midair(place):
    folder = place / "orphan"
    with Embedded(folder) as first:
        pid = postmaster(folder)
        first.kill()
        harness.eventually(lambda: not exists(pid))


def test_embedded_ignores_a_pid_file_whose_number_belongs_to_another(place):
    folder = place / "stale"
    with Embedded(folder):
        content = (folder / "data" / "postmaster.pid").read_text().splitlines()
    stranger = subprocess.Popen(["sleep", "60"], **({"user": "postgres"} if os.geteuid() == 0 else {}))
    try:
        content[0] = str(stranger.pid)
        (folder / "data" / "postmaster.pid").write_text("\n".join(content) + "\n")
        harness.own(folder / "data" / "postmaster.pid")
        with Embedded(folder):
            pass
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_on_one_directory_is_refused(place):
    folder = place / "shared"
    with Embedded(folder) as first:
        done = run("serve", "--embedded", str(folder), "--listen", "127.0.0.1:0")
        assert done.returncode == 1
        assert f"another midair (process {first.process.pid})" in done.stderr
        with first.client() as client:
            assert client.get("/_ready").status == 200


def test_a_server_that_dies_is_started_again(place):
    folder = place / "revived"
    with Embedded(folder) as server:
        server.sql(tables.item("notes"))
        old = postmaster(folder)
        os.kill(old, signal.SIGQUIT)
        harness.eventually(lambda: not exists(old))
        harness.eventually(lambda: server.sql("SELECT count(*) FROM notes") == [(1,)])
        harness.eventually(server.is_ready)


def test_a_directory_with_something_else_is_refused(place):
    folder = place / "taken"
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    done = run("serve", "--embedded", str(folder), "--listen", "127.0.0.1:0")
    assert done.returncode == 1 and "not empty" in done.stderr
    assert (folder / "thesis.txt").read_text() == "precious"


def test_a_path_too_long_for_a_socket_works(place):
    folder = place / ("long" * 30)
    with Embedded(folder) as server:
        assert server.sql("SELECT 1") == [(1,)]
        assert "/tmp/midair-" in events(server, "embedded")[0]


def test_what_postgres_says_reaches_the_user(place):
    folder = place / "broken"
    with Embedded(folder):
        pass
    with open(folder / "data" / "postgresql.conf", "a") as conf:
        conf.write("shared_buffers = nonsense\n")
    done = run("serve", "--embedded", str(folder), "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert "shared_buffers" in done.stderr and "postgres.log" in done.stderr


def catches(process, number):
    """Whether the process has a handler for the signal: before that, it would simply end."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text("ascii")
    return int(re.search(r"^SigCgt:\s+(\w+)", status, re.M).group(1), 16) >> (number - 1) & 1


def test_a_stop_while_the_cluster_is_made_is_heeded(place):
    process = subprocess.Popen([harness.binary(), "serve", "--embedded", str(place / "early"), "--listen", "127.0.0.1:0"],
                               env=harness.clean_environment(), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    harness.eventually(lambda: catches(process, signal.SIGTERM))
    process.terminate()
    assert process.wait(60) == 0
