"""PostgREST's choice among relationships (references/api/resource_embedding, "multiple foreign key relationships"): what a name
and a hint mean, what is ambiguous, and what the errors say."""

import json

import pytest

import tables

SCHEMA = """
CREATE TABLE ports (id int PRIMARY KEY, name text, flagship int);
CREATE TABLE ships (id int PRIMARY KEY, name text);
ALTER TABLE ports ADD CONSTRAINT flag FOREIGN KEY (flagship) REFERENCES ships;
CREATE TABLE calls (port_id int REFERENCES ports, ship_id int REFERENCES ships, day date, PRIMARY KEY (port_id, ship_id));
CREATE TABLE repairs (nr int, port_id int REFERENCES ports, ship_id int REFERENCES ships, cost int, PRIMARY KEY (nr, port_id, ship_id));
CREATE TABLE sightings (id int PRIMARY KEY, port_id int REFERENCES ports, ship_id int REFERENCES ships);
CREATE TABLE clerks (id int PRIMARY KEY, name text, office_id int);
CREATE TABLE offices (id int PRIMARY KEY, name text, head_id int REFERENCES clerks);
ALTER TABLE clerks ADD FOREIGN KEY (office_id) REFERENCES offices;
CREATE TABLE routes (id int PRIMARY KEY, name text);
CREATE TABLE legs (from_route int CONSTRAINT leg_from REFERENCES routes, to_route int CONSTRAINT leg_to REFERENCES routes,
    first_ship int CONSTRAINT leg_first REFERENCES ships, last_ship int CONSTRAINT leg_last REFERENCES ships,
    PRIMARY KEY (from_route, to_route, first_ship, last_ship));
CREATE TABLE crew (id int PRIMARY KEY, name text, boss_id int REFERENCES crew, mentor_id int CONSTRAINT mentor REFERENCES crew, ship_id int REFERENCES ships);
CREATE TABLE admirals (id int PRIMARY KEY, name text, before_id int UNIQUE REFERENCES admirals);
CREATE TABLE follows (follower int REFERENCES crew, followed int REFERENCES crew, PRIMARY KEY (follower, followed));
CREATE TABLE engines (id int PRIMARY KEY, kind text);
CREATE TABLE twins (id int PRIMARY KEY, left_id int UNIQUE REFERENCES engines, right_id int UNIQUE REFERENCES engines);
CREATE TABLE states (id int PRIMARY KEY, word text);
CREATE TABLE cargo (id int PRIMARY KEY, states int REFERENCES states, ship_id int REFERENCES ships, label text);
CREATE TABLE holds (ship_id int REFERENCES ships, nr int, size int, PRIMARY KEY (ship_id, nr));
CREATE TABLE crates (id int PRIMARY KEY, ship_id int, hold_nr int, CONSTRAINT stowed FOREIGN KEY (ship_id, hold_nr) REFERENCES holds);
CREATE TABLE "Log Books" ("Entry No" int PRIMARY KEY, "Ship" int REFERENCES ships);
CREATE TABLE manifests (id int PRIMARY KEY, ship_id int UNIQUE REFERENCES ships, pages int);
CREATE TABLE half (ship_id int UNIQUE REFERENCES ships, port_id int REFERENCES ports, PRIMARY KEY (ship_id, port_id));
CREATE TABLE quays (id int PRIMARY KEY);
CREATE TABLE moored (quay_id int REFERENCES quays, ship_id int UNIQUE REFERENCES ships, PRIMARY KEY (quay_id, ship_id));
CREATE FUNCTION all_crew() RETURNS SETOF crew LANGUAGE sql STABLE AS 'SELECT * FROM crew';
CREATE FUNCTION hire(name text) RETURNS SETOF crew LANGUAGE sql AS 'INSERT INTO crew VALUES (90, name, 1, NULL, 2) RETURNING *';

INSERT INTO ships VALUES (1, 'Ark'), (2, 'Bow'), (3, NULL);
INSERT INTO ports VALUES (1, 'Ghent', 1), (2, 'Riga', NULL);
INSERT INTO calls VALUES (1, 1, '2024-01-01'), (1, 2, '2024-01-02'), (2, 2, '2024-01-03');
INSERT INTO repairs VALUES (1, 2, 1, 50);
INSERT INTO sightings VALUES (1, 2, 2);
INSERT INTO clerks VALUES (1, 'Ira', NULL), (2, 'Joe', NULL); INSERT INTO offices VALUES (1, 'north', 1); UPDATE clerks SET office_id = 1 WHERE id = 2;
INSERT INTO routes VALUES (1, 'r1'), (2, 'r2'); INSERT INTO legs VALUES (1, 2, 1, 2);
INSERT INTO crew VALUES (1, 'Kim', NULL, NULL, 1), (2, 'Lou', 1, NULL, 1), (3, 'Max', 2, 1, NULL);
INSERT INTO admirals VALUES (1, 'first', NULL), (2, 'second', 1);
INSERT INTO follows VALUES (1, 2), (3, 2);
INSERT INTO engines VALUES (1, 'oil'), (2, 'gas'); INSERT INTO twins VALUES (1, 1, 2);
INSERT INTO states VALUES (1, 'wet'), (2, 'dry'); INSERT INTO cargo VALUES (1, 1, 1, 'tea'), (2, 2, 1, 'salt'), (3, NULL, NULL, 'none');
INSERT INTO holds VALUES (1, 1, 10), (1, 2, 20); INSERT INTO crates VALUES (1, 1, 2), (2, NULL, 1);
INSERT INTO "Log Books" VALUES (7, 2);
INSERT INTO manifests VALUES (1, 1, 9);
INSERT INTO half VALUES (1, 1);
INSERT INTO quays VALUES (1); INSERT INTO moored VALUES (1, 3);
"""


database = tables.database(SCHEMA)


@pytest.fixture(scope="module")
def config():
    return {"server": {"dialect": "postgrest"}}


READS = {
    "the constraint": ("/ports?select=name,flag(name)&id=eq.1", [{"name": "Ghent", "flag": {"name": "Ark"}}]),
    "the constraint, among others that lead there": ("/ports?select=s:ships!flag(name)&id=eq.1", [{"s": {"name": "Ark"}}]),
    "the column": ("/ports?select=flagship(name)&id=eq.1", [{"flagship": {"name": "Ark"}}]),
    "the column and its embed, with another name": ("/ports?select=flagship,s:flagship(name)&id=eq.1", [{"flagship": 1, "s": {"name": "Ark"}}]),
    "a hint: the column": ("/ports?select=ships!flagship(name)&id=eq.1", [{"ships": {"name": "Ark"}}]),
    "a hint: the junction": ("/ports?select=ships!calls(name)&id=eq.1", [{"ships": [{"name": "Ark"}, {"name": "Bow"}]}]),
    "a hint: a junction whose key has more columns": ("/ports?select=ships!repairs(name)&id=eq.2", [{"ships": [{"name": "Ark"}]}]),
    "the constraint from the other side": ("/ships?select=name,flag(name)&id=eq.1", [{"name": "Ark", "flag": [{"name": "Ghent"}]}]),
    "a hint: the child's column from the parent": ("/ships?select=ports!flagship(name)&id=eq.1", [{"ports": [{"name": "Ghent"}]}]),
    "a hint: the parent's column": ("/crew?select=name,ships!id(name)&id=eq.2", [{"name": "Lou", "ships": {"name": "Ark"}}]),
    "a table that is no junction, step by step": ("/ports?select=sightings(ships(name))&id=eq.2", [{"sightings": [{"ships": {"name": "Bow"}}]}]),
    "a circle of two tables: there": ("/clerks?select=offices!clerks_office_id_fkey(name)&id=eq.2", [{"offices": {"name": "north"}}]),
    "a circle of two tables: back": ("/clerks?select=offices!offices_head_id_fkey(name)&id=eq.1", [{"offices": [{"name": "north"}]}]),
    "a junction with four keys, by spreads": ("/routes?select=name,legs!from_route(...ships!last_ship(name))&id=eq.1", [{"name": "r1", "legs": [{"name": "Bow"}]}]),
    "the same by constraints": ("/routes?select=name,legs!leg_to(...ships!leg_first(name))&id=eq.2", [{"name": "r2", "legs": [{"name": "Ark"}]}]),
    "itself: the parent by the column": ("/crew?select=name,boss_id(name,boss_id(name))&id=eq.3", [{"name": "Max", "boss_id": {"name": "Lou", "boss_id": {"name": "Kim"}}}]),
    "itself: the other parent": ("/crew?select=name,mentor_id(name)&id=eq.3", [{"name": "Max", "mentor_id": {"name": "Kim"}}]),
    "itself: the children by a column": ("/crew?select=name,kids:crew!boss_id(name)&id=eq.1", [{"name": "Kim", "kids": [{"name": "Lou"}]}]),
    "itself: the other children": ("/crew?select=name,kids:crew!mentor_id(name)&id=eq.1", [{"name": "Kim", "kids": [{"name": "Max"}]}]),
    "itself: down, and up again": ("/crew?select=kids:crew!boss_id(name,boss_id(name))&id=eq.1", [{"kids": [{"name": "Lou", "boss_id": {"name": "Kim"}}]}]),
    "itself: and others besides": ("/crew?select=name,ships(name),boss_id(name,ships(name))&id=eq.2",
                                   [{"name": "Lou", "ships": {"name": "Ark"}, "boss_id": {"name": "Kim", "ships": {"name": "Ark"}}}]),
    "itself: many-to-many by spreads": ("/crew?select=name,f:follows!followed(...crew!follower(name))&id=eq.2", [{"name": "Lou", "f": [{"name": "Kim"}, {"name": "Max"}]}]),
    "itself: the parent by the constraint": ("/crew?select=name,mentor(name)&id=eq.3", [{"name": "Max", "mentor": {"name": "Kim"}}]),
    "itself: one-to-one": ("/admirals?select=name,before_id(name),admirals(name)&id=eq.1", [{"name": "first", "before_id": None, "admirals": {"name": "second"}}]),
    "itself: many-to-many by the far column": ("/crew?select=name,crew!followed(name)&id=eq.3", [{"name": "Max", "crew": [{"name": "Lou"}]}]),
    "two one-to-one to one table": ("/twins?select=l:engines!left_id(kind),right_id(kind)", [{"l": {"kind": "oil"}, "right_id": {"kind": "gas"}}]),
    "one-to-one from the other side": ("/engines?select=kind,twins!right_id(id)&id=eq.2", [{"kind": "gas", "twins": {"id": 1}}]),
    "composite, by the constraint": ("/crates?select=id,stowed(size)", [{"id": 1, "stowed": {"size": 20}}, {"id": 2, "stowed": None}]),
    "composite, from the other side": ("/holds?select=nr,crates!stowed(id)&order=nr", [{"nr": 1, "crates": []}, {"nr": 2, "crates": [{"id": 1}]}]),
    "names in quotes": ("/Log%20Books?select=%22Entry%20No%22,%22Ship%22(name)", [{"Entry No": 7, "Ship": {"name": "Bow"}}]),
    "a table whose name is quoted": ("/ships?select=name,%22Log%20Books%22(%22Entry%20No%22)&id=eq.2", [{"name": "Bow", "Log Books": [{"Entry No": 7}]}]),
    "a junction of which one side is one-to-one": ("/quays?select=id,ships(id)", [{"id": 1, "ships": [{"id": 3}]}]),
    "a column that is called like its table: shown": ("/cargo?select=label,states(word)&id=eq.1", [{"label": "tea", "states": {"word": "wet"}}]),
    "a column that is called like its table: filtered": ("/cargo?select=label,states(word)&states=eq.2", [{"label": "salt", "states": {"word": "dry"}}]),
    "a column that is called like its table: is.null asks for the embed": ("/cargo?select=label,states(word)&states=is.null", [{"label": "none", "states": None}]),
    "a column that is called like its embed: filtered": ("/ports?select=name,flagship(name)&flagship=eq.1", [{"name": "Ghent", "flagship": {"name": "Ark"}}]),
    "a column whose embed has another name: filtered": ("/ports?select=name,s:flagship(name)&flagship=eq.1", [{"name": "Ghent", "s": {"name": "Ark"}}]),
    "a column whose embed has another name: is.null is about the column": ("/ports?select=name,s:flagship(name)&flagship=is.null", [{"name": "Riga", "s": None}]),
    "in or": ("/ports?select=name,flagship(name)&or=(flagship.eq.1,name.eq.Riga)&order=id", [{"name": "Ghent", "flagship": {"name": "Ark"}}, {"name": "Riga", "flagship": None}]),
    "filters by the name before the colon's": ("/ports?select=s:flag(name)&flag.name=eq.Bow&id=eq.1", [{"s": None}]),
    "order by the table's name, though there is an alias": ("/ports?select=all:ships!calls(name)&ships.order=name.desc&id=eq.1", [{"all": [{"name": "Bow"}, {"name": "Ark"}]}]),
    "two aliases of one table, filtered apart": ("/ports?select=a:ships!calls(id),b:ships!calls(id)&a.id=eq.1&b.id=eq.2&id=eq.1", [{"a": [{"id": 1}], "b": [{"id": 2}]}]),
    "an embed all of whose columns are null is there": ("/quays?select=ships(name)&ships=not.is.null", [{"ships": [{"name": None}]}]),
    "to one, all of whose columns are null": ("/moored?select=ships(name)&ships=not.is.null", [{"ships": {"name": None}}]),
    "a nested embed that is asked for": ("/ships?select=name,calls(day,ports())&calls.ports=not.is.null&calls=not.is.null&id=eq.1", [{"name": "Ark", "calls": [{"day": "2024-01-01"}]}]),
    "or across embeds": ("/ships?select=id,calls(),cargo()&calls.day=eq.2024-01-03&cargo.label=eq.tea&or=(calls.not.is.null,cargo.not.is.null)&order=id", [{"id": 1}, {"id": 2}]),
    "or across embeds that are shown besides": ("/ships?select=id,c:calls(),cargo(label),k:cargo()&c.day=eq.2024-01-03&k.label=eq.tea&or=(c.not.is.null,k.not.is.null)&order=id",
                                                [{"id": 1, "cargo": [{"label": "tea"}, {"label": "salt"}]}, {"id": 2, "cargo": []}]),
    "inner in left": ("/crew?select=id,boss_id(id,ships!inner(id))&boss_id.ships.name=eq.Bow&id=eq.3", [{"id": 3, "boss_id": None}]),
    "inner in inner": ("/ships?select=id,calls!inner(ports!inner(id))&calls.ports.name=eq.Riga", [{"id": 2, "calls": [{"ports": {"id": 2}}]}]),
    "left in inner": ("/ships?select=id,calls!inner(ports(id))&calls.ports.name=eq.Riga&id=eq.1", [{"id": 1, "calls": [{"ports": None}]}]),
    "inner to one and to many at once": ("/ports?select=id,flagship!inner(id),calls!inner(ship_id)", [{"id": 1, "flagship": {"id": 1}, "calls": [{"ship_id": 1}, {"ship_id": 2}]}]),
    "related order in an embed": ("/ports?select=calls(ships(name))&calls.order=ships(name).desc&id=eq.1", [{"calls": [{"ships": {"name": "Bow"}}, {"ships": {"name": "Ark"}}]}]),
    "related order by an alias": ("/crew?select=id,s:ships(name)&order=s(name).nullsfirst,id&limit=1", [{"id": 3, "s": None}]),
    "a spread to one that is not there": ("/crew?select=id,...ships(ship:name)&id=eq.3", [{"id": 3, "ship": None}]),
    "a spread of all": ("/manifests?select=pages,...ships(*)", [{"pages": 9, "id": 1, "name": "Ark"}]),
    "a spread to many": ("/ports?select=name,...ships!calls(ships:name)&order=id", [{"name": "Ghent", "ships": ["Ark", "Bow"]}, {"name": "Riga", "ships": ["Bow"]}]),
    "a spread to many, ordered": ("/ports?select=...ships!calls(ships:name)&ships.order=name.desc&id=eq.1", [{"ships": ["Bow", "Ark"]}]),
    "a spread to many with a null": ("/quays?select=...ships(ships:name)", [{"ships": [None]}]),
    "a spread to many of none": ("/engines?select=kind,...twins!left_id(id)&id=eq.2", [{"kind": "gas", "id": None}]),
    "a spread to one in a spread to many": ("/ports?select=...calls(day,...ships(ship:name))&id=eq.1", [{"day": ["2024-01-01", "2024-01-02"], "ship": ["Ark", "Bow"]}]),
    "an embed in a spread to many": ("/ports?select=...calls(ships(name))&id=eq.2", [{"ships": [{"name": "Bow"}]}]),
    "an embed of nothing but empty embeds is not shown": ("/ports?select=name,calls(ships())&id=eq.1", [{"name": "Ghent"}]),
    "rows of a function": ("/rpc/all_crew?select=name,ships(name)&id=eq.1", [{"name": "Kim", "ships": {"name": "Ark"}}]),
    "rows of a function, inner": ("/rpc/all_crew?select=id,ships!inner(id)&ships.name=eq.Ark&order=id", [{"id": 1, "ships": {"id": 1}}, {"id": 2, "ships": {"id": 1}}]),
    "rows of a function, a related order": ("/rpc/all_crew?select=id,ships(name)&order=ships(name).nullsfirst,id&limit=1", [{"id": 3, "ships": None}]),
    "rows of a function that refer to themselves": ("/rpc/all_crew?select=name,boss_id(name),kids:crew!boss_id(name)&id=eq.2",
                                                   [{"name": "Lou", "boss_id": {"name": "Kim"}, "kids": [{"name": "Max"}]}]),
    "rows of a function, by a constraint": ("/rpc/all_crew?select=name,mentor(name)&id=eq.3", [{"name": "Max", "mentor": {"name": "Kim"}}]),
    "a junction's columns by a spread": ("/ports?select=s:calls(day,...ships(name))&id=eq.2", [{"s": [{"day": "2024-01-03", "name": "Bow"}]}]),
}


@pytest.mark.parametrize("label", READS)
def test_reads(client, label):
    target, expected = READS[label]
    assert client.get(target).expect(200).json() == expected


AMBIGUOUS = {
    "many-to-one, and many-to-many twice": ("/ports?select=ships(*)", [
        ("many-to-one", "flag using ports(flagship) and ships(id)", "flag"),
        ("many-to-many", "calls using calls_port_id_fkey(port_id) and calls_ship_id_fkey(ship_id)", "calls"),
        ("many-to-many", "repairs using repairs_port_id_fkey(port_id) and repairs_ship_id_fkey(ship_id)", "repairs")]),
    "a circle of two tables": ("/clerks?select=offices(*)", [
        ("one-to-many", "offices_head_id_fkey using clerks(id) and offices(head_id)", "offices_head_id_fkey"),
        ("many-to-one", "clerks_office_id_fkey using clerks(office_id) and offices(id)", "clerks_office_id_fkey")]),
    "a junction with four keys": ("/routes?select=ships(*)", [
        ("many-to-many", f"legs using {a} and {b}", "legs") for a in ("leg_from(from_route)", "leg_to(to_route)") for b in ("leg_first(first_ship)", "leg_last(last_ship)")]),
    "two one-to-one": ("/twins?select=engines(*)", [
        ("one-to-one", "twins_left_id_fkey using twins(left_id) and engines(id)", "twins_left_id_fkey"),
        ("one-to-one", "twins_right_id_fkey using twins(right_id) and engines(id)", "twins_right_id_fkey")]),
    "children by two columns": ("/crew?select=crew(*)", [
        ("one-to-many", "crew_boss_id_fkey using crew(id) and crew(boss_id)", "crew_boss_id_fkey"),
        ("one-to-many", "mentor using crew(id) and crew(mentor_id)", "mentor")]),
}


@pytest.mark.parametrize("label", AMBIGUOUS)
def test_ambiguity(client, label):
    target, expected = AMBIGUOUS[label]
    origin, name = target[1:].split("?")[0], target.split("=")[1].split("(")[0]
    assert client.get(target).expect(300).json() == {
        "code": "PGRST201",
        "message": f"Could not embed because more than one relationship was found for '{origin}' and '{name}'",
        "details": [{"cardinality": c, "embedding": f"{origin} with {name}", "relationship": r} for c, r, _ in expected],
        "hint": f"Try changing '{name}' to one of the following: " + ", ".join(f"'{name}!{h}'" for _, _, h in expected)
                + ". Find the desired relationship in the 'details' key."}


def none_between(origin, name, hint=None, using=""):
    return ("PGRST200", f"Could not find a relationship between '{origin}' and '{name}' in the schema cache",
            f"Searched for a foreign key relationship between '{origin}' and '{name}'{using} in the schema 'public', but no matches were found.", hint)


def not_embedded(name):
    return ("PGRST108", f"'{name}' is not an embedded resource in this request", None, f"Verify that '{name}' is included in the 'select' query parameter.")


ERRORS = {
    "no relationship": ("/ports?select=engines(*)", none_between("ports", "engines")),
    "a near miss": ("/ports?select=sightngs(*)", none_between("ports", "sightngs", "Perhaps you meant 'sightings' instead of 'sightngs'.")),
    "a near miss, many-to-many": ("/calls?select=shipss(*)", none_between("calls", "shipss", "Perhaps you meant 'ships' instead of 'shipss'.")),
    "a singular": ("/crew?select=ship(*)", none_between("crew", "ship", "Perhaps you meant 'ships' instead of 'ship'.")),
    "nothing alike": ("/calls?select=zzzz(*)", none_between("calls", "zzzz")),
    "a hint that fits nothing": ("/crew?select=ships!keel(*)", none_between("crew", "ships", None, " using the hint 'keel'")),
    "a hint for the wrong table": ("/crew?select=ships!boss_id(*)", none_between("crew", "ships", None, " using the hint 'boss_id'")),
    "a junction that is none": ("/sightings?select=offices(*)", none_between("sightings", "offices")),
    "a table beyond a table that is no junction": ("/engines?select=ships(*)", none_between("engines", "ships")),
    "inside of an embed": ("/ports?select=calls(engines(*))", none_between("calls", "engines")),
    "a part of a composite key": ("/crates?select=hold_nr(*)", none_between("crates", "hold_nr", "Perhaps you meant 'holds' instead of 'hold_nr'.")),
    "case counts": ("/ports?select=Ships!calls(*)", none_between("ports", "Ships", "Perhaps you meant 'ships' instead of 'Ships'.", " using the hint 'calls'")),
    "a filter on what is not embedded": ("/ports?select=id&calls.day=eq.1", not_embedded("calls")),
    "a filter on an alias that is misspelt": ("/ports?select=c:calls(day)&cc.day=eq.1", not_embedded("cc")),
    "a filter below an embed": ("/ports?select=calls(ships(id))&calls.shipss.id=eq.1", not_embedded("shipss")),
    "or on what is not embedded": ("/ports?select=id&calls.or=(day.eq.1,day.eq.2)", not_embedded("calls")),
    "an order by what is not embedded": ("/crew?select=id&order=ships(name)", not_embedded("ships")),
    "a limit of what is not embedded": ("/crew?select=id&ships.limit=1", not_embedded("ships")),
    "an order by many": ("/ports?select=calls(day)&order=calls(day)",
                         ("PGRST118", "A related order on 'calls' is not possible", "'ports' and 'calls' do not form a many-to-one or one-to-one relationship", None)),
    "an order by many, by its alias": ("/ports?select=c:calls(day)&order=c(day)",
                                       ("PGRST118", "A related order on 'c' is not possible", "'ports' and 'c' do not form a many-to-one or one-to-one relationship", None)),
    "an order by many-to-many": ("/ports?select=ships!calls(id)&order=ships(id)",
                                 ("PGRST118", "A related order on 'ships' is not possible", "'ports' and 'ships' do not form a many-to-one or one-to-one relationship", None)),
    "an operator on an embed": ("/ports?select=calls(day)&calls=eq.1",
                                ("PGRST120", "Bad operator on the 'calls' embedded resource", "Only is null or not is null filters are allowed on embedded resources", None)),
    "is.true on an embed": ("/ports?select=calls(day)&calls=is.true",
                            ("PGRST120", "Bad operator on the 'calls' embedded resource", "Only is null or not is null filters are allowed on embedded resources", None)),
    "an operator on an embed in or": ("/ports?select=calls(day)&or=(calls.gt.1,id.eq.1)",
                                      ("PGRST120", "Bad operator on the 'calls' embedded resource", "Only is null or not is null filters are allowed on embedded resources", None)),
}


@pytest.mark.parametrize("label", ERRORS)
def test_errors(client, label):
    target, (code, message, details, hint) = ERRORS[label]
    assert client.get(target).expect(400).json() == {"code": code, "message": message, "details": details, "hint": hint}


def nested(depth):
    """/crew with that many embeds inside of each other."""
    return "/crew?select=" + "boss_id(" * depth + "id" + ")" * depth + "&id=eq.3"


def test_bounds(client):
    row = client.get(nested(8)).expect(200).json()[0]
    assert row["boss_id"]["boss_id"] == {"boss_id": None}
    client.get(nested(9)).expect(400)
    many = [f"e{i}:ships(id)" for i in range(33)]
    assert len(client.get("/crew?id=eq.1&select=" + ",".join(many[:32])).expect(200).json()[0]) == 32
    client.get("/crew?id=eq.1&select=" + ",".join(many)).expect(400)


@pytest.mark.parametrize("method,target,body,expected", [
    ("POST", "/crew?select=name,boss_id(name),ships(name)", {"id": 50, "name": "New", "boss_id": 1, "ship_id": 2},
     [{"name": "New", "boss_id": {"name": "Kim"}, "ships": {"name": "Bow"}}]),
    ("PATCH", "/crew?id=eq.50&select=name,s:ships!ship_id(name),boss_id(ships(name))", {"ship_id": 1},
     [{"name": "New", "s": {"name": "Ark"}, "boss_id": {"ships": {"name": "Ark"}}}]),
    ("PATCH", "/crew?id=eq.50&select=id,ships!inner(id)&ships.name=eq.Bow", {"name": "x"}, []),
    ("DELETE", "/crew?id=eq.50&select=name,...ships(ship:name)", None, [{"name": "New", "ship": "Ark"}]),
    ("POST", "/calls?select=ports(name),ships(name)", [{"port_id": 2, "ship_id": 1}, {"port_id": 2, "ship_id": 3}],
     [{"ports": {"name": "Riga"}, "ships": {"name": "Ark"}}, {"ports": {"name": "Riga"}, "ships": {"name": None}}]),
    ("DELETE", "/calls?port_id=eq.2&ship_id=in.(1,3)&select=ships(id)&order=ship_id", None, [{"ships": {"id": 1}}, {"ships": {"id": 3}}]),
], ids=["insert", "update", "update of what inner leaves", "delete", "insert of several", "delete of several"])
def test_writes(client, method, target, body, expected):
    assert client.request(method, target, body, prefer="return=representation").expect(200, 201).json() == expected


def test_what_a_function_has_written_shows_what_is_related(client, database):
    rows = client.post("/rpc/hire?select=name,ships(name),boss_id(name)", {"name": "Ned"}).expect(200).json()
    assert rows == [{"name": "Ned", "ships": {"name": "Bow"}, "boss_id": {"name": "Kim"}}]
    database.sql("DELETE FROM crew WHERE id = 90")


def test_a_tag_tells_what_was_chosen(client):
    tags = {client.get(f"/ports?select=id,{embed}&id=eq.1", accept="application/vnd.pgrst.object+json").expect(200).etag
            for embed in ("ships!flag(id)", "ships!calls(id)", "ships!repairs(id)")}
    assert len(tags) == 3 and all(json.dumps(t) for t in tags)
