"""Formulas over HTTP: written, checked, declared."""

from tests.gateway.front import Front


async def test_the_functions_of_formulas_are_told(people: Front) -> None:
    """Each with its signature and a sentence, those of related records too."""
    items = (await people.get("/formulas/functions")).json()["items"]

    signatures = {item["name"]: item["signature"] for item in items if not item["aggregate"]}
    assert "round(number, digits)" == signatures["round"]
    assert {"count", "sum", "last"} <= {item["name"] for item in items if item["aggregate"]}
    assert all(item["help"] for item in items)


async def test_a_formula_is_checked_while_it_is_written(people: Front) -> None:
    """A right one has a type, a wrong one a problem with the character it is about."""
    right = await people.post("/datasets/people/formulas/check", {"formula": "spent / 3"})
    wrong = await people.post("/datasets/people/formulas/check", {"formula": "spent + stat"})

    assert {"type": "decimal", "scale": 6, "stored": True, "problems": []} == right.json()
    (problem,) = wrong.json()["problems"]
    assert ["formula_type", "/formula", 8] == [
        problem["code"], problem["path"], problem["position"],
    ]  # fmt: skip
    assert "did you mean 'state'?" in problem["message"]


TIER = {"name": "tier", "formula": "if(spent >= 100, 'gold', 'none')"}
AGE = {"name": "age", "formula": "days_since(joined)"}


async def test_a_formula_field_is_declared_without_a_type(front: Front) -> None:
    """The answer shows the type that was inferred."""
    fields = [{"name": "a", "type": "int"}, {"name": "half", "formula": "a / 2"}]

    answer = await front.post("/datasets", {"name": "sums", "key": None, "fields": fields})

    half = answer.json()["fields"][1]
    assert [201, "decimal", 6, "a / 2", True] == [
        answer.status_code, half["type"], half["scale"], half["formula"], half["stored"],
    ]  # fmt: skip


async def test_a_formula_field_is_added_to_records_that_are_there(people: Front) -> None:
    """It is computed for all of them, and again for each that changes."""
    tier = {"field": "tier", "op": "is", "value": "gold"}
    before = await people.patch("/datasets/people", {"fields": [TIER]})
    counted = await people.post("/datasets/people/count", {"condition": tier})
    change = {"op": "upsert", "key": 1, "values": {"spent": "0.50"}}
    await people.post("/datasets/people/changes", {"changes": [change]})
    shown = (await people.get("/datasets/people/records/1")).json()

    assert 200 == before.status_code
    assert 0 <= counted.json()["count"] <= 3
    assert "none" == shown["values"]["tier"]


async def test_a_wrong_formula_is_a_problem_of_its_field(people: Front) -> None:
    """With its code, its place in the body and in the formula; nothing is changed."""
    wrong = {"name": "x", "formula": "spent + state"}
    answer = await people.patch("/datasets/people", {"fields": [wrong]})

    (problem,) = answer.json()["error"]["problems"]
    assert [422, "formula_type", "/fields/0/formula", 8] == [
        answer.status_code, problem["code"], problem["path"], problem["position"],
    ]  # fmt: skip
    shown = (await people.get("/datasets/people")).json()
    assert "x" not in {each["name"] for each in shown["fields"]}


async def test_a_field_has_a_type_or_a_formula(people: Front) -> None:
    """Both, or neither, is no field."""
    for field in ({"name": "x"}, {**TIER, "type": "keyword"}):
        answer = await people.patch("/datasets/people", {"fields": [field]})

        assert 422 == answer.status_code


async def test_no_change_sets_a_formula_field(people: Front) -> None:
    """It is rejected with the field's name, the others of its batch go on."""
    await people.patch("/datasets/people", {"fields": [TIER]})
    changes = [
        {"op": "upsert", "key": 1, "values": {"tier": "gold"}},
        {"op": "upsert", "key": 2, "values": {"spent": "1.00"}},
    ]

    answer = (await people.post("/datasets/people/changes", {"changes": changes})).json()

    assert 1 == answer["applied"]
    assert [0, "bad_value"] == [answer["rejected"][0]["index"], answer["rejected"][0]["code"]]
    assert "computed by its formula" in answer["rejected"][0]["message"]


async def test_a_formula_that_needs_the_time_has_no_stored_values(people: Front) -> None:
    """It is listed with its type, and a record shows what is stored."""
    patched = await people.patch(
        "/datasets/people",
        {"fields": [{"name": "joined", "type": "timestamp"}, AGE]},
    )
    shown = (await people.get("/datasets/people/records/1")).json()

    age = next(each for each in patched.json()["fields"] if each["name"] == "age")
    assert ["int", False, 0] == [age["type"], age["stored"], age["distinct"]]
    assert "age" not in shown["values"]


async def test_a_file_brings_no_values_for_a_formula_field(people: Front) -> None:
    """The import fails and names the column, before anything is loaded."""
    await people.patch("/datasets/people", {"fields": [TIER]})

    ended = await people.load("people", b"id,tier\n1,gold\n4,none\n")

    assert "failed" == ended["state"]
    assert "'tier' is computed by its formula" in ended["error"]
    assert 3 == (await people.get("/datasets/people")).json()["records"]


async def test_a_file_fills_what_formulas_are_made_of(people: Front) -> None:
    """Loaded records have them like changed ones, and a breakdown counts them."""
    await people.patch("/datasets/people", {"fields": [TIER]})

    await people.load("people", b"id,spent\n1,500.00\n4,100.00\n5,99.99\n")

    answer = await people.post(
        "/datasets/people/breakdown", {"condition": {"all": []}, "field": "tier"}
    )
    assert [("none", 3), ("gold", 2)] == [
        (item["value"], item["count"]) for item in answer.json()["items"]
    ]


async def test_what_is_computed_when_asked_is_counted_and_not_listed(people: Front) -> None:
    """A condition may be about it; a list of its values is refused with a reason."""
    fields = [{"name": "away", "formula": "days_since(seen)"}]
    await people.patch("/datasets/people", {"fields": fields})
    away = {"field": "away", "op": "gte", "value": 100}

    counted = await people.post("/datasets/people/count", {"condition": away})
    listed = await people.post("/datasets/people/members", {"condition": away, "fields": ["away"]})
    ordered = await people.post(
        "/datasets/people/members", {"condition": away, "order_by": [{"field": "away"}]}
    )

    assert 1 == counted.json()["count"]
    assert [404, 422] == [listed.status_code, ordered.status_code]
    assert "computed when a condition asks" in listed.json()["error"]["message"]


async def test_a_condition_may_be_about_sums_of_related_records(people: Front) -> None:
    """Typed over the other dataset, computed from what it holds at that moment."""
    buys = {
        "name": "buys", "key": "id",
        "fields": [{"name": "who", "type": "int"}, {"name": "paid", "type": "decimal", "scale": 2}],
        "links": [{"field": "who", "to": "people"}],
    }  # fmt: skip
    await people.post("/datasets", buys)
    formula = {"name": "each", "formula": "sum(buys.paid) / count(buys)"}
    patched = await people.patch("/datasets/people", {"fields": [formula]})
    changes = [
        {"op": "upsert", "key": key, "values": {"who": who, "paid": paid}}
        for key, who, paid in ((1, 1, "2.00"), (2, 1, "5.00"), (3, 2, "1.00"))
    ]
    await people.post("/datasets/buys/changes", {"changes": changes})

    counts = [
        (await people.post("/datasets/people/count", {"condition": {"field": "each", **leaf}}))
        .json()["count"]
        for leaf in ({"op": "is", "value": "3.5"}, {"op": "is_set"}, {"op": "lt", "value": 2})
    ]  # fmt: skip

    assert 200 == patched.status_code
    assert [1, 2, 1] == counts
