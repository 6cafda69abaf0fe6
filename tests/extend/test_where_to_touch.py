"""The table "Where to touch" in CONTRIBUTING.md is true: in a copy of the tree, one entry of each marked kind is added in
exactly the files that its row names. The copy is built, and each entry works there. None works in the program as it is.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

import midair as harness

SCHEMA = """
CREATE TABLE songs (id integer PRIMARY KEY, title text NOT NULL);
INSERT INTO songs VALUES (1, 'Blue Train'), (2, 'Blue in Green'), (3, 'So What');
CREATE FUNCTION all_songs() RETURNS SETOF songs LANGUAGE sql STABLE AS 'SELECT * FROM songs';
CREATE FUNCTION refuse() RETURNS integer LANGUAGE plpgsql STABLE AS
    $$ BEGIN RAISE 'the stage is taken' USING ERRCODE = 'MA409'; END $$;
"""


# Editing


def insert(text, place, line, before=False):
    """The text with one more line after, or before, the only place that matches."""
    found = list(re.finditer(place, text, re.M))
    assert len(found) == 1, f"{len(found)} places match {place}"
    at = found[0].start() if before else found[0].end()
    return text[:at] + line + text[at:]


def replace_between(text, begin, end, new):
    """The text with what is between the lines `begin` and `end` replaced."""
    pattern = rf"({begin}[^\n]*\n).*?(?={end})"
    assert len(re.findall(pattern, text, re.S)) == 1, begin
    return re.sub(pattern, lambda match: match.group(1) + new, text, flags=re.S)


def row_of_table(heading, row):
    """An edit: one more row in the table with this first line."""
    return lambda text, _: insert(text, rf"^{re.escape(heading)}.*\n\|[-|]+\n", row + "\n")


def line_after(place, line):
    return lambda text, _: insert(text, place, line + "\n")


# What is added: first column of the table in CONTRIBUTING.md -> file -> the edit. An edit gets the text of the file and a
# function that runs `midair settings` of the new build, or None before the build.

ADDITIONS = {
    "an operator of filters": {
        "include/midair/params/operator.def": line_after(r'^OPERATOR\(MATCH, .*\n', 'OPERATOR(STARTS, "starts", "^@", PLAIN)'),
        "docs/query.md": row_of_table("| operator |", "| `starts` | begins with this text |"),
    },
    "a value of a preference": {
        "include/midair/http/prefer.def": line_after(r'^PREFER\(HANDLING, handling, HANDLING_LENIENT, .*\n',
                                                     'PREFER(HANDLING, handling, HANDLING_CAREFUL, "handling", "careful")'),
        "include/midair/http/prefer.h": lambda text, _: insert(text, r"HANDLING_LENIENT", ", HANDLING_CAREFUL"),
        "docs/query.md": row_of_table("| preference |", "| `handling=careful` | an example |"),
    },
    "an SQLSTATE": {
        "src/pg/sqlstate.def": line_after(r'^STATE\("XX", .*\n', 'STATE("MA409", CONFLICT, true) /* the stage is taken */'),
        "docs/http.md": row_of_table("| SQLSTATE | problem |", "| `MA409` | `conflict` | the stage is taken |"),
    },
    "a setting": {
        "include/midair/app/settings.def": lambda text, _: insert(
            text, r"^DATABASE\(url,", 'SERVER(encores, INTEGER, "1", 0, 3, "", LIVE, "Songs after the last one.")\n', before=True),
        "config/midair.ini": lambda _, settings: settings("--format=ini"),
        "docs/configuration.md": lambda text, settings: replace_between(
            text, "<!-- settings: ", "<!-- end of settings -->", settings("--format=markdown").strip() + "\n"),
        "docs/man/midair.conf.5": lambda text, settings: replace_between(
            text, r'\.\\" BEGIN SETTINGS', r'\.\\" END SETTINGS', settings("--format=man")),
    },
}
GENERATED = ["config/midair.ini", "docs/configuration.md", "docs/man/midair.conf.5"]


def marked_rows():
    """First column -> the files that the row names, of the rows with a mark."""
    text = (harness.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]*) ✔ \| (.*) \|$", text, re.M)
    return {name: sorted(p for p in re.findall(r"`([\w./-]+)`", cell) if (harness.ROOT / p).is_file()) for name, cell in rows}


# The copy


def copy_tree(to):
    """The files that are under version control, or all but the builds where there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=harness.ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        files = [path.relative_to(harness.ROOT) for path in harness.ROOT.rglob("*") if path.is_file()]
        names = [str(path) for path in files if path.parts[0] not in ("build", ".git") and "node_modules" not in path.parts]
    for name in names:
        if (harness.ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(harness.ROOT / name, to / name)


def run(command, where, **environment):
    done = subprocess.run(command, cwd=where, env=harness.clean_environment(**environment), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-5000:]}"
    return done.stdout


def edit(tree, generated, settings=None):
    for files in ADDITIONS.values():
        for name, change in files.items():
            if (name in GENERATED) == generated:
                path = tree / name
                path.write_text(change(path.read_text(encoding="utf-8"), settings), encoding="utf-8")


@pytest.fixture(scope="module")
def copy():
    """A copy of the tree with one addition of each kind, built without optimisation."""
    with tempfile.TemporaryDirectory(prefix="midair-copy-") as folder:
        tree = pathlib.Path(folder)
        copy_tree(tree)
        edit(tree, generated=False)
        run(["cmake", "-G", "Ninja", "-B", "build", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O0",
             "-DBUILD_TESTING=OFF"], tree)
        run(["cmake", "--build", "build", "--target", "midair"], tree)
        program = tree / "build" / "midair"
        edit(tree, generated=True, settings=lambda *arguments: run([program, "settings", *arguments], tree))
        yield tree


@pytest.fixture(scope="module")
def database():
    with harness.Postgres() as postgres:
        made = postgres.create_database()
        made.sql(SCHEMA)
        harness.stamp(made, "songs")
        yield made
        made.close()


@pytest.fixture(params=["as it is", "with the additions"])
def changed(request, copy, monkeypatch):
    """Whether the program under test, which MIDAIR_BIN names, has the additions."""
    if request.param == "with the additions":
        monkeypatch.setenv("MIDAIR_BIN", str(copy / "build" / "midair"))
    return request.param == "with the additions"


# What is to be seen


def test_the_additions_are_those_of_the_table_and_touch_exactly_the_files_that_it_names():
    assert {name: sorted(files) for name, files in ADDITIONS.items()} == marked_rows()


@pytest.mark.parametrize("path, otherwise", [("/songs", 400), ("/rpc/all_songs", 404)], ids=["rows of a table", "rows of a function"])
def test_a_new_operator_filters(changed, database, path, otherwise):
    with harness.Midair(database, resources={"*": {"etag_field": ""}}) as server, server.client() as client:
        answer = client.get(f"{path}?title=starts.Blue&select=id&order=id")
        assert answer.status == (200 if changed else otherwise), answer.text
        assert not changed or answer.json() == [{"id": 1}, {"id": 2}]


def test_a_new_value_of_a_preference_is_applied(changed, database):
    with harness.Midair(database) as server, server.client() as client:
        answer = client.get("/songs", prefer="handling=careful").expect(200)
        assert answer.get("preference-applied") == ("handling=careful" if changed else None)


def test_a_new_sqlstate_has_its_status(changed, database):
    with harness.Midair(database) as server, server.client() as client:
        answer = client.get("/rpc/refuse")
        assert answer.status == (409 if changed else 400), answer.text
        assert answer.json()["code"] == "MA409"


def test_a_new_setting_is_listed(changed):
    assert ("Songs after the last one." in harness.midair_command("settings").stdout) == changed


@pytest.mark.parametrize("value, complaint", [("3", None), ("4", "from 0 to 3"), ("", "from 0 to 3")],
                         ids=["at its limit", "past its limit", "empty"])
def test_a_new_setting_comes_from_the_environment(changed, database, value, complaint, monkeypatch):
    if not changed:
        complaint = "MIDAIR_SERVER_ENCORES"
    environment = harness.clean_environment(MIDAIR_SERVER_ENCORES=value)
    done = subprocess.run([harness.binary(), "check", "--database", database.url], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == (1 if complaint else 0), done.stdout
    assert not complaint or complaint in done.stdout


def test_the_documents_of_the_copy_agree_with_its_sources(copy):
    run([sys.executable, "scripts/lint"], copy)
    run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/wire/test_docs.py", "-k", "(every or settings) and not figure"],
        copy, MIDAIR_BIN=str(copy / "build" / "midair"))
