"""docs/http.md section 8: PUT of a collection (upsert by key) and rows that bring their tags."""

import pytest

from groups import group
from midair import race


def test_upsert_inserts(client, database):
    answer = client.put("/orders", [{"id": 610001, "note": "a"}, {"id": 610002, "note": "b"}]).expect(200, 201)
    assert [r["note"] for r in answer.json()] == ["a", "b"]
    assert database.row("orders", id=610002)["version"] == 1


def test_upsert_of_one_object(client, database):
    client.put("/orders", {"id": 610010, "note": "a"}).expect(200, 201)
    assert database.row("orders", id=610010)["note"] == "a"


def test_upsert_does_not_overwrite_without_a_condition(client, group, database):
    before = group.rows()
    client.put("/orders", [{"id": 610020, "note": "new"}, {"id": group.ids[0], "status": group.status, "note": "x"}]).problem(412, 428)
    assert group.rows() == before
    assert database.row("orders", id=610020) is None


def test_upsert_overwrites_whatever_is_there(client, group):
    rows = [{"id": key, "status": group.status, "note": "x"} for key in group.ids[:2]]
    client.put("/orders", rows, if_match="*").expect(200)
    assert group.notes() == ["x", "x", "n2", "n3"]


def test_13_1_1_upsert_with_if_match_needs_every_row_to_be_there(client, group, database):
    before = group.rows()
    rows = [{"id": 610030, "note": "new"}, {"id": group.ids[0], "status": group.status, "note": "x"}]
    client.put("/orders", rows, if_match="*").problem(412)
    assert group.rows() == before and database.row("orders", id=610030) is None


@pytest.mark.quick
def test_upsert_with_a_tag_in_each_row(client, group):
    tags = group.tags(client)
    rows = [{"id": key, "status": group.status, "note": f"up {i}", "etag": tags[key]} for i, key in enumerate(group.ids)]
    answer = client.put("/orders", rows).expect(200)
    assert group.notes() == ["up 0", "up 1", "up 2", "up 3"]
    assert {r["id"]: r["etag"] for r in answer.json()} == group.tags(client)


def test_upsert_with_one_stale_tag(client, group, database):
    tags = group.tags(client)
    database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", group.ids[2])
    before = group.rows()
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    client.put("/orders", rows).problem(412)
    assert group.rows() == before


def test_upsert_with_a_tag_of_a_row_that_is_gone(client, group, database):
    tags = group.tags(client)
    database.sql("DELETE FROM orders WHERE id = %s", group.ids[1])
    before = group.rows()
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    client.put("/orders", rows).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("label", ["of another row", "missing", "junk", "weak", "a number", "null"])
def test_upsert_with_one_bad_tag(client, group, label):
    tags = group.tags(client)
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    bad = {"of another row": tags[group.ids[0]], "junk": "junk, *", "weak": "W/" + tags[group.ids[3]], "a number": 1, "null": None}
    if label == "missing":
        del rows[3]["etag"]
    else:
        rows[3]["etag"] = bad[label]
    before = group.rows()
    client.put("/orders", rows).problem(*{"of another row": (412,), "weak": (412,), "missing": (412, 428)}.get(label, (400, 412, 428)))
    assert group.rows() == before


def test_a_header_goes_before_the_tags_in_the_rows(client, group):
    tags = group.tags(client)
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    before = group.rows()
    client.put("/orders", rows, if_match='"other"').problem(412)
    assert group.rows() == before


def test_bulk_patch_with_a_tag_in_each_row(client, group):
    tags = group.tags(client)
    rows = [{"id": key, "note": f"bulk {i}", "etag": tags[key]} for i, key in enumerate(group.ids)]
    answer = client.patch("/orders", rows).expect(200)
    assert group.notes() == ["bulk 0", "bulk 1", "bulk 2", "bulk 3"]
    assert {r["id"]: r["etag"] for r in answer.json()} == group.tags(client)


@pytest.mark.parametrize("label", ["stale", "of another row", "missing", "junk", "weak"])
def test_bulk_patch_with_one_bad_tag(client, group, database, label):
    tags = group.tags(client)
    rows = [{"id": key, "note": "bulk", "etag": tags[key]} for key in group.ids]
    if label == "stale":
        database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", group.ids[3])
    elif label == "of another row":
        rows[3]["etag"] = tags[group.ids[0]]
    elif label == "missing":
        del rows[3]["etag"]
    else:
        rows[3]["etag"] = "junk, *" if label == "junk" else "W/" + rows[3]["etag"]
    before = group.rows()
    statuses = {"missing": (412, 428), "junk": (400, 412)}.get(label, (412,))
    client.patch("/orders", rows).problem(*statuses)
    assert group.rows() == before


def test_upsert_without_its_key(client, database):
    before = database.one("SELECT count(*) FROM order_lines")
    client.put("/order_lines", [{"order_id": 1, "product": "x"}], if_match="*").problem(400)
    assert database.one("SELECT count(*) FROM order_lines") == before


def test_upsert_with_one_row_twice(client, database):
    client.put("/orders", [{"id": 610040, "note": "a"}, {"id": 610040, "note": "b"}]).problem(400, 409, 412, 422, 428)
    assert database.row("orders", id=610040) is None


@pytest.mark.concurrent
def test_upsert_race(client, server, database):
    """An upsert without a condition may insert but not overwrite: one of N inserts."""
    for attempt in range(5):
        def write(i, attempt=attempt):
            with server.client() as own:
                return own.put("/orders", [{"id": 620000 + attempt, "note": f"u{i}"}]).expect(200, 201, 412, 428).status

        statuses = race(8, write)
        assert len([s for s in statuses if s < 300]) == 1
        assert database.row("orders", id=620000 + attempt)["version"] == 1
