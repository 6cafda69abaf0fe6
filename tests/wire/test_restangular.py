"""What Restangular 1.6.1 does: the tag of the header or of the `etag` member, put, the returned tag, put again."""

import pytest


class Element(dict):
    """An element as Restangular holds it: the JSON object and the tag that goes with it."""

    def __init__(self, route, body, tag):
        super().__init__(body)
        self.route, self.tag = route, tag


class Restangular:
    """setRestangularFields({etag: 'etag'}), as the documentation tells it."""

    def __init__(self, client):
        self.client = client

    def get_list(self, route):
        body = self.client.get(f"/{route}", accept="application/json, text/plain, */*").expect(200, 206).json()
        assert isinstance(body, list), "a list must be a bare array"
        return [Element(route, e, e["etag"]) for e in body]

    def one(self, route, key):
        answer = self.client.get(f"/{route}/{key}", accept="application/json, text/plain, */*").expect(200)
        return Element(route, answer.json(), answer.etag)

    def _send(self, method, element, **more):
        return self.client.request(method, f"/{element.route}/{element['id']}", dict(element), type="application/json;charset=utf-8",
                                   accept="application/json, text/plain, */*", if_match=element.tag, **more)

    def put(self, element):
        answer = self._send("PUT", element)
        if answer.status != 200:
            return answer
        return Element(element.route, answer.json(), answer.etag)

    def patch(self, element, changes):
        answer = self.client.patch(f"/{element.route}/{element['id']}", changes, if_match=element.tag)
        return Element(element.route, answer.expect(200).json(), answer.etag)

    def remove(self, element):
        return self._send("DELETE", element)

    def refresh(self, element):
        answer = self.client.get(f"/{element.route}/{element['id']}", if_none_match=element.tag)
        return element if answer.status == 304 else Element(element.route, answer.expect(200).json(), answer.etag)

    def post(self, route, body):
        answer = self.client.post(f"/{route}", body, accept="application/json, text/plain, */*").expect(201)
        return Element(route, answer.json(), answer.etag)


@pytest.fixture
def rest(client):
    return Restangular(client)


@pytest.mark.quick
def test_list_put_put_again(rest, database):
    database.insert("orders", status="rest", note="n")
    element = [e for e in rest.get_list("orders?status=eq.rest")][-1]
    element.route = "orders"
    element["note"] = "first"
    second = rest.put(element)
    assert second["note"] == "first" and second.tag and second.tag != element.tag
    second["note"] = "second"
    third = rest.put(second)
    assert third["note"] == "second" and third["version"] == 3


def test_a_second_put_on_the_same_object_sends_the_old_tag(rest, database):
    element = rest.one("orders", database.insert("orders", note="n"))
    element["note"] = "a"
    assert isinstance(rest.put(element), Element)
    element["note"] = "b"
    refused = rest.put(element)
    refused.problem(412)
    assert refused.json()["current"]["note"] == "a"
    fresh = Element("orders", refused.json()["current"], refused.json()["current_etag"])
    fresh["note"] = "b"
    assert rest.put(fresh)["note"] == "b"


def test_post_returns_body_and_tag(rest):
    made = rest.post("orders", {"note": "posted"})
    assert made.tag == made["etag"]
    made["note"] = "edited"
    assert rest.put(made)["note"] == "edited"


def test_a_copy_is_created_without_the_tag_of_the_original(rest, database):
    element = rest.one("orders", database.insert("orders", note="n"))
    before = database.one("SELECT count(*) FROM orders")
    for body in (dict(element), {"note": "copy"}):  # R.copy keeps restangularEtag
        told = rest.client.post("/orders", body, if_match=element.tag).problem(412)
        assert "copy" in told["hint"] and "If-Match" in told["hint"] and "key" in told["hint"]
    assert database.one("SELECT count(*) FROM orders") == before
    copied = {name: value for name, value in element.items() if name != "id"}
    made = rest.client.post("/orders", copied).expect(201).json()
    assert made["id"] != element["id"] and made["note"] == "n" and made["version"] == 1


def test_patch_then_put(rest, database):
    element = rest.one("orders", database.insert("orders", note="n"))
    patched = rest.patch(element, {"count": 5})
    patched["note"] = "x"
    assert rest.put(patched)["count"] == 5


def test_remove(rest, database):
    element = rest.one("orders", database.insert("orders", note="n"))
    stale = Element("orders", element, element.tag)
    element = rest.patch(element, {"count": 1})
    rest.remove(stale).problem(412)
    rest.remove(element).expect(204)
    assert database.row("orders", id=element["id"]) is None


def test_get_again_is_304(rest, database):
    element = rest.one("orders", database.insert("orders", note="n"))
    assert rest.refresh(element) is element
    database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", element["id"])
    assert rest.refresh(element)["note"] == "theirs"


def test_elements_of_a_list_and_single_elements_agree(rest, database):
    key = database.insert("orders", status="agree", note="n")
    listed = rest.get_list("orders?status=eq.agree")[0]
    single = rest.one("orders", key)
    assert dict(listed) == dict(single) and listed.tag == single.tag


def test_two_people(client, server, database):
    key = database.insert("orders", note="n")
    with server.client() as other:
        ann, bob = Restangular(client), Restangular(other)
        hers, his = ann.one("orders", key), bob.one("orders", key)
        hers["note"], his["note"] = "hers", "his"
        assert ann.put(hers)["note"] == "hers"
        bob.put(his).problem(412)
    assert database.row("orders", id=key)["note"] == "hers"
