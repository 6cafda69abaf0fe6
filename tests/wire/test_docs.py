"""The README's tour prints what it shows, and the tables of the documentation name everything that the sources define (ours).

A block of the tour is a fenced `sh` block after the line `<!-- tour -->`; the `http` block after it is what the shell
printed. Dates and tags differ from run to run. Header fields may be left out, which a line with an ellipsis says. JSON may be
folded over several lines: white space between its tokens does not count, every other byte of it does.
MIDAIR_REWRITE=1 in the environment writes the outputs anew.
"""

import os
import re
import subprocess

import pytest

import midair as harness

README = harness.ROOT / "README.md"
TABLES = ["customers", "products", "stock", "orders", "items"]
SHOWN = ["content-type", "etag", "location", "content-location", "content-range", "preference-applied",
         "retry-after", "allow"]
TOUR = re.compile(r"<!-- tour -->\n```sh\n(.*?)```\n(?:\n```http\n(.*?)```\n)?", re.S)
MARK = "===== end of a block ====="


def read(path):
    return (harness.ROOT / path).read_text(encoding="utf-8")


# The tour

@pytest.fixture(scope="module")
def shop(cluster):
    """The shop of scripts/demo, stamped."""
    database = harness.create(cluster, read("config/demo.sql"), stamped=TABLES)
    yield database
    database.close()


@pytest.fixture(scope="module")
def answers(shop, tmp_path_factory):
    """What a shell prints for each block of the tour, one after the other."""
    with harness.Midair(shop, resources={"*": {"if_match": "required"}}) as server:
        script = "\n".join(f"{commands}\nprintf '\\n%s\\n' '{MARK}'" for commands, _ in TOUR.findall(README.read_text()))
        script = script.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{server.port}")
        done = subprocess.run(["bash"], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                              cwd=tmp_path_factory.mktemp("tour"), env=harness.clean_environment())
    return done.stdout.split(f"\n{MARK}\n")[:-1]


def plain(text):
    """Without what differs from run to run."""
    text = re.sub(r"\d+\.\d{13,}\.[0-9a-f]{20}", "TAG", text)
    text = re.sub(r'"[0-9a-f]{40}"', '"LIST"', text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", "MOMENT", text)
    return re.sub(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE", text)


def take_apart(text):
    """Status line, fields and body of one answer."""
    head, _, body = text.replace("\r", "").strip("\n").partition("\n\n")
    lines = head.split("\n")
    fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    return lines[0], {name.lower(): value for name, value in fields.items()}, body.strip()


def tokens(text):
    """The tokens of a JSON text as they were written; white space between them is dropped."""
    return re.findall(r'"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,"\s]+', text)


def spaced(parts):
    """Tokens on one line, with a space after each colon and comma."""
    return "".join(f"{part} " if part in (":", ",") else part for part in parts).rstrip()


def members(parts):
    """The members of an object, or the elements of an array, each as a list of tokens."""
    found, depth = [[]], 0
    for part in parts[1:-1]:
        depth += (part in "{[") - (part in "}]")
        if part == "," and depth == 0:
            found.append([])
        else:
            found[-1].append(part)
    return found


def fold(parts, indent=""):
    """JSON over several lines where one would be long. Only white space is added: every value keeps its bytes."""
    line = spaced(parts)
    if parts[0] == "[" and not indent:
        return "[" + ",\n ".join(spaced(element) for element in members(parts)) + "]"
    if parts[0] != "{" or len(line) < 100:
        return line
    inner = indent + "  "
    folded = [f"{inner}{name}: {fold(value, inner)}" for name, _, *value in members(parts)]
    return "{\n" + ",\n".join(folded) + f"\n{indent}}}"


def show(answer):
    """An answer as the README shows it."""
    status, fields, body = take_apart(answer)
    lines = [status, *(f"{n.title().replace('Etag', 'ETag')}: {v}" for n, v in fields.items() if n in SHOWN), "…"]
    if body:
        lines += ["", fold(tokens(body))]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("text, folded", [
    ('{"a":19.50}', '{"a": 19.50}'),
    ('{"a":9007199254740993,"b":1e400}', '{"a": 9007199254740993, "b": 1e400}'),
    ('{"a":"1,2: \\"}  ]","b":[]}', '{"a": "1,2: \\"}  ]", "b": []}'),
    ('[{"a":-0.10},{"a":[1,2]}]', '[{"a": -0.10},\n {"a": [1, 2]}]'),
    ('{"a":"' + "x" * 100 + '","b":{"c":0.0}}', '{\n  "a": "' + "x" * 100 + '",\n  "b": {"c": 0.0}\n}'),
    ('{"a":{"b":"' + "x" * 100 + '"}}', '{\n  "a": {\n    "b": "' + "x" * 100 + '"\n  }\n}'),
], ids=["trailing zero", "beyond a double", "punctuation in a string", "list", "several lines", "nested"])
def test_folding_keeps_every_byte_of_a_value(text, folded):
    assert fold(tokens(text)) == folded
    assert "".join(tokens(folded)) == text


def test_the_tour_has_its_stations():
    assert len(TOUR.findall(README.read_text())) >= 8


def test_the_tour_prints_what_the_readme_shows(answers):
    text = README.read_text()
    blocks = TOUR.findall(text)
    assert len(answers) == len(blocks), answers
    if os.environ.get("MIDAIR_REWRITE"):
        new = iter(answers)
        README.write_text(TOUR.sub(lambda m: f"<!-- tour -->\n```sh\n{m.group(1)}```\n\n```http\n{show(next(new))}```\n", text))
        return
    for (commands, shown), answer in zip(blocks, answers):
        want, got = take_apart(plain(shown)), take_apart(plain(answer))
        assert got[0] == want[0], f"{commands}{answer}"
        for name, value in want[1].items():
            assert got[1].get(name) == value, f"{name} of {commands}{answer}"
        assert bool(got[2]) == bool(want[2]), f"{commands}{answer}"
        if want[2]:
            assert tokens(got[2]) == tokens(want[2]), f"{commands}{answer}"


# The examples

@pytest.mark.parametrize("command, said", [
    (["examples/curl/edit.sh"], "200 412 200"),
    (["examples/curl/retry.sh"], "left, after 1 attempt"),
    (["/usr/bin/python3", "examples/python/editor.py"], "after asking again"),
], ids=["edit.sh", "retry.sh", "editor.py"])
def test_an_example_runs_more_than_once(shop, command, said):
    with harness.Midair(shop, resources={"*": {"if_match": "required"}}) as server:
        for _ in range(2):
            done = subprocess.run([*command, f"http://127.0.0.1:{server.port}"], cwd=harness.ROOT, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60, env=harness.clean_environment())
            assert done.returncode == 0, done.stdout
            statuses = " ".join(re.findall(r"^\d{3}$", done.stdout, re.M))
            assert said in done.stdout or said == statuses, done.stdout


# The tables

def rows_of(path, macro, group=r"[^)]*"):
    return re.findall(rf"^\s*{macro}\(({group})\)", read(path), re.M)


def documented(document, heading, columns):
    """The first cells of the table below a heading, or below a comment."""
    text = read(document)
    start = text.index(heading)
    table = re.search(r"(?:^\|.*\n)+", text[start:], re.M).group(0).splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|"))[:columns] for line in table]


def test_every_problem_type_is_in_the_reference_with_its_status():
    names = dict(re.findall(r'^ERR\((\w+), "([\w-]+)"', read("include/midair/base/err_kind.def"), re.M))
    statuses = re.findall(r"^PROBLEM\((\w+), (\d+)", read("include/midair/http/problem.def"), re.M)
    kinds = [(status, names[kind]) for kind, status in statuses]
    assert len(kinds) > 20
    assert sorted(documented("docs/http.md", "| problem | status |", 2)) == sorted((f"`{slug}`", status) for status, slug in kinds)


def test_every_sqlstate_is_in_the_reference_with_its_problem():
    slugs = dict(re.findall(r'^ERR\((\w+), "([\w-]+)"', read("include/midair/base/err_kind.def"), re.M))
    states = re.findall(r'^STATE\("(\w+)", (\w+),', read("src/pg/sqlstate.def"), re.M)
    assert len(states) > 20
    assert sorted(documented("docs/http.md", "| SQLSTATE | problem |", 2)) == sorted((f"`{code}`", f"`{slugs[kind]}`") for code, kind in states)


def test_every_media_type_of_content_is_in_the_reference_with_its_methods():
    types = re.findall(r'^CONTENT\(\w+, "([^"]+)", (.*)\)$', read("src/request/media_type.def"), re.M)
    rows = documented("docs/http.md", "| media type | with |", 2)
    assert len(types) > 3
    for name, methods in types:
        told = " ".join(with_ for type_, with_ in rows if type_ == f"`{name}`")
        for method in re.findall(r"METHOD_BIT\(METHOD_(\w+)\)", methods):
            assert method in told, f"{name} with {method}"


def test_every_shape_of_rows_is_in_the_reference():
    names = re.findall(r'^ENVELOPE\(\w+, "([^"]+)"', read("src/respond/envelope.def"), re.M)
    assert len(names) > 3
    told = " ".join(cells[0] for cells in documented("docs/http.md", "| media type | shape |", 1))
    assert [name for name in names if f"`{name}`" not in told] == []


@pytest.mark.parametrize("path, macro, document", [
    ("include/midair/params/operator.def", "OPERATOR", "docs/query.md"),
    ("include/midair/json/update_op.def", "UPDATE_OP", "docs/http.md"),
    ("src/json/json_patch_op.def", "PATCH_OP", "docs/http.md"),
    ("include/midair/front/metrics.def", "METRIC", "docs/operating.md"),
    ("src/request/database_metric.def", "DATABASE_METRIC", "docs/operating.md"),
    ("include/midair/app/settings.def", "SERVER", "docs/configuration.md"),
    ("include/midair/app/settings.def", "DATABASE", "docs/configuration.md"),
    ("include/midair/app/settings.def", "AUTH", "docs/configuration.md"),
    ("include/midair/app/settings.def", "RESOURCE", "docs/configuration.md"),
])
def test_every_row_of_the_list_is_named_in_its_document(path, macro, document):
    text = read(document)
    names = []
    for row in re.findall(rf"^{macro}\((.*)", read(path), re.M):
        quoted = re.search(r'"(midair_\w+|\$?\w+)"', row)
        names.append(row.split(",")[0] if document.endswith("configuration.md") else quoted.group(1))
    assert names
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_figure_of_metrics_is_in_the_manual(answers, shop):
    with harness.Midair(shop) as server, server.client() as client:
        names = re.findall(r"^# TYPE (\w+) ", client.get("/_metrics").expect(200).text, re.M)
    text = read("docs/operating.md")
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("old, new", [("midair_db_flight_culprits_total", "midair_db_flight_failed_items_total")])
def test_a_metric_that_was_renamed_keeps_its_old_name_for_one_release(shop, old, new):
    with harness.Midair(shop) as server, server.client() as client:
        text = client.get("/_metrics").expect(200).text
    assert re.search(rf"^{new} \d+$", text, re.M)
    assert re.search(rf"^{old} \d+$", text, re.M)


def test_every_command_is_in_the_readme():
    commands = re.findall(r"^  (\w+) {2,}", harness.midair_command("--help").stdout, re.M)
    assert len(commands) >= 6
    assert [name for name in commands if f"`midair {name}`" not in README.read_text()] == []


def test_the_settings_in_the_documentation_are_those_of_the_program():
    printed = harness.midair_command("settings", "--format=markdown").stdout.strip()
    assert printed in read("docs/configuration.md"), "print them anew by `midair settings --format=markdown`"


def test_the_map_of_the_program_lists_the_layers_of_the_build_each_above_those_that_it_uses():
    uses = {name: [word for word in rest.split() if word.isalpha() and word.islower()]
            for name, rest in re.findall(r"^midair_layer\((\w+)([^)]*)\)", read("CMakeLists.txt"), re.M)}
    layers = [cells[0].strip("`") for cells in documented("docs/design.md", "| layer | contents |", 1)]
    assert sorted(layers) == sorted(uses)
    assert [(layer, used) for layer in layers for used in uses[layer] if layers.index(used) < layers.index(layer)] == []
    picture = re.search(r"```\n(.*?)```", read("docs/design.md"), re.S).group(1)
    assert sorted(re.findall(r"[a-z]+", picture)) == sorted(uses)


def test_the_map_of_the_program_lists_the_steps_of_the_pipeline_in_their_order():
    steps = re.findall(r"^STEP\((\w+),", read("src/request/step.def"), re.M)
    told = re.findall(r"^ ([a-z]+) {2,}", read("docs/design.md"), re.M)
    assert len(steps) > 5
    assert [step for step in told if step in steps] == steps


def test_every_link_between_the_documents_has_its_heading():
    missing = []
    documents = [README, harness.ROOT / "CONTRIBUTING.md", *sorted((harness.ROOT / "docs").glob("*.md"))]
    for path in documents:
        for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", path.read_text(encoding="utf-8")):
            other = (path.parent / target if target else path).read_text(encoding="utf-8")
            anchors = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", other, re.M)]
            if anchor not in anchors:
                missing.append(f"{path.name}: {target}#{anchor}")
    assert missing == []
