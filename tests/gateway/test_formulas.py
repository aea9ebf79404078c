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
