"""What one client can ask for costs no more than a server can give: prepared statements are bounded, and the largest queries are answered."""

import itertools
import threading

import pytest

import tables
from midair import SHOP

SCHEMA = """
CREATE VIEW held AS SELECT name, statement FROM pg_prepared_statements;
CREATE FUNCTION compiles() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('jit') $$;
"""
OPERATORS = ["eq", "neq", "gt", "gte", "lt", "lte"]
# 36 shapes: every one has a text of its own.
SHAPES = [f"id={a}.1&customer_id={b}.1" for a, b in itertools.product(OPERATORS, OPERATORS)]


database = tables.database(SCHEMA, like=SHOP)


def held(client):
    return [row["statement"] for row in client.get("/held?select=statement").expect(200).json()]


@pytest.mark.parametrize("most", [3, 8, 40])
def test_prepared_statements_are_bounded(database, start, most):
    server = start(database, settings={"prepared_max": most, "pool_size": 1})
    with server.client() as client:
        for seen, shape in enumerate(SHAPES, 1):
            client.get("/orders?" + shape).expect(200)
            assert len(held(client)) <= most
        kept = held(client)
        assert len(kept) == most or most > len(SHAPES)
        client.get("/orders?" + SHAPES[-1].replace(".1", ".2")).expect(200)
        assert sorted(held(client)) == sorted(kept)  # other values, the same statement


@pytest.mark.concurrent
def test_statements_that_are_pushed_out_come_back(database, start):
    """Many shapes over few connections, all at once: each answer is that of its own query."""
    server = start(database, settings={"prepared_max": 4, "pool_size": 2})
    with server.client() as client:
        expected = {shape: [row["id"] for row in client.get("/orders?" + shape).expect(200).json()] for shape in SHAPES}
    wrong = []

    def ask(first):
        with server.client() as client:
            for i in range(3 * len(SHAPES)):
                shape = SHAPES[(first * 7 + i) % len(SHAPES)]
                answer = client.get("/orders?" + shape)
                if answer.status != 200 or [row["id"] for row in answer.json()] != expected[shape]:
                    wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]


def test_a_statement_too_long_to_keep_is_answered(database, start):
    server = start(database, settings={"prepared_max": 8, "pool_size": 1})
    with server.client() as client:
        before = len(held(client))
        for _ in range(2):
            assert client.get("/orders?limit=1&" + "&".join(["id=gt.0"] * 490), prefer="count=exact").expect(206).get("Content-Range") == "0-0/60"
        assert len(held(client)) <= before + 1


def test_nothing_is_compiled(client):
    """Compiling what the planner thinks dear takes seconds, and the rows milliseconds."""
    assert client.get("/rpc/compiles").expect(200).json() == "off"


def nested(depth, join=""):
    return "".join(f"items{join}(" if i % 2 == 0 else f"orders{join}(" for i in range(depth)) + "id" + ")" * depth


LARGE = {
    "500 filters": ("id=gt.0&" * 499 + "limit=1", None), "500 filters, counted": ("id=gt.0&" * 499 + "limit=1", "exact"), "500 filters in logic": ("limit=1&or=(" + ",".join(["id.gt.0"] * 499) + ")", "exact"),
    "a list of thousands": ("id=in.(" + ",".join(["1"] * 3900) + ")", "exact"), "a list of text": ("note=in.(" + ",".join(['%22a%22'] * 900) + ",order%201)", "exact"), "32 embeds": ("limit=2&select=id," + ",".join(f"a{i}:items(id)" for i in range(32)), None),
    "32 inner embeds, counted": ("limit=2&select=id," + ",".join(f"a{i}:items!inner(id)" for i in range(32)), "exact"), "8 deep": ("limit=2&select=" + nested(8), None), "8 deep, inner, counted": ("limit=2&select=" + nested(8, "!inner"), "exact"),
    "8 deep, four of them": ("limit=2&select=" + ",".join(f"a{i}:" + nested(8) for i in range(4)), None), "many columns of order": ("limit=2&order=" + ",".join(["id", "note.desc.nullslast"] * 240), None),
    "a filter on each embed": ("limit=2&select=id," + ",".join(f"a{i}:items(id)" for i in range(32)) + "".join(f"&a{i}.id=gt.0&a{i}.limit=1&a{i}.order=id.desc" for i in range(32)), None),
    "a long pattern": ("note=like." + "*" * 3000 + "r*", "exact"), "a long path": ("select=id,x:note" + "->a" * 400, None), "many aggregates": ("select=" + ",".join(f"a{i}:total.sum()" for i in range(240)), None),
    "planned": ("limit=2&select=" + nested(8, "!inner"), "planned"), "estimated": ("limit=2&select=" + nested(8, "!inner"), "estimated"),
}


@pytest.mark.parametrize("label", LARGE)
def test_the_largest_queries_are_answered(client, label):
    query, count = LARGE[label]
    assert client.get("/orders?" + query, prefer=f"count={count}" if count else None).expect(200, 206).json()
