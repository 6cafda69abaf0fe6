"""scripts/demo: a newcomer starts it and pastes its lines (ours)."""

import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

import midair as harness

DEMO = harness.ROOT / "scripts" / "demo"


# Read, change, collide, nothing new, delete; read an order, change its item, collide.
STATUSES = [200, 200, 412, 304, 204, 200, 200, 412]


def demo(folder, *arguments, check=True):
    env = harness.clean_environment(MIDAIR_BIN=harness.binary())
    out = folder / "out"  # a file, not a pipe: what goes on running would keep a pipe open
    with open(out, "w+b") as stream:
        done = subprocess.run([str(DEMO), "--dir", str(folder / "shop"), *arguments], env=env, stdout=stream,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120)
    text = out.read_text(errors="replace")
    assert not check or done.returncode == 0, text
    return text


@pytest.fixture
def folder():
    """A directory that the account of the private PostgreSQL can reach, with the demo stopped at the end."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="midair-demo-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    demo(made, "--stop")
    shutil.rmtree(made)


def lines_of(text):
    return [line for line in text.splitlines() if line.startswith("curl ")]


def paste(lines):
    """What a shell prints for the lines: the status and the text of each answer."""
    answers = []
    script = "\n".join(f"{line}\nprintf '\\n%s\\n' =====" for line in lines)
    done = subprocess.run(["bash"], input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=harness.clean_environment(), timeout=60)
    for answer in done.stdout.split("=====\n")[:-1]:
        status = re.search(r"^HTTP/1\.1 (\d{3})", answer, re.M)
        answers.append((int(status.group(1)) if status else None, answer))
    return answers


def test_the_lines_show_a_read_an_update_a_collision_a_304_a_delete_and_an_order_whose_item_changes(folder):
    first = demo(folder, "--port", str(harness.free_port()), "--background")
    lines = lines_of(first)
    assert len(lines) == 8, first
    answers = paste(lines)
    assert [status for status, _ in answers] == STATUSES, answers
    assert '"status":"shipped"' in answers[1][1].replace(" ", "")
    assert '"shipped"' in answers[2][1], "the collision shows what is there now"
    assert '"quantity":9' in answers[6][1].replace(" ", "")
    seen, now = (re.search(r'"version": ?(\d+)', answers[i][1]).group(1) for i in (5, 7))
    assert int(now) == int(seen) + 1, "the item's change moved the order's version once"


def test_a_second_start_finds_the_data_of_the_first_and_its_lines_work_too(folder):
    for _ in range(2):
        text = demo(folder, "--port", str(harness.free_port()), "--background")
        assert [status for status, _ in paste(lines_of(text))] == STATUSES
        demo(folder, "--stop")
    assert "Filling" not in text


def test_a_demo_that_runs_is_not_started_twice(folder):
    port = str(harness.free_port())
    demo(folder, "--port", port, "--background")
    assert "already running" in demo(folder, "--port", port, "--background", check=False)


def test_reset_does_not_remove_a_directory_that_is_not_its_own(folder):
    (folder / "shop").mkdir()
    (folder / "shop" / "letter").write_text("dear")
    assert "not removed" in demo(folder, "--reset", check=False)
    assert (folder / "shop" / "letter").read_text() == "dear"
