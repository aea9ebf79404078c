"""Datasets over HTTP: made, shown, listed, changed."""

from tests.gateway.front import API, PEOPLE, Front, code_of, paths_of


async def test_a_new_dataset_is_shown_as_it_was_declared(front: Front) -> None:
    """The answer to creating it is the dataset itself."""
    answer = await front.post("/datasets", PEOPLE)

    shown = answer.json()
    assert 201 == answer.status_code
    assert ["people", "id", 0] == [shown["name"], shown["key"], shown["records"]]
    assert {"name": "id", "type": "int", "label": "id", "key": True, "filled": 0.0,
            "distinct": 0} == shown["fields"][0]  # fmt: skip
    assert [2, "State"] == [shown["fields"][2]["scale"], shown["fields"][1]["label"]]


async def test_figures_of_a_dataset_follow_its_records(people: Front) -> None:
    """Fill rate and distinct count are those of the live records."""
    shown = (await people.get("/datasets/people")).json()

    fields = {field["name"]: field for field in shown["fields"]}
    assert 3 == shown["records"]
    assert [1.0, 2] == [fields["state"]["filled"], fields["state"]["distinct"]]
    assert 2 / 3 == fields["spent"]["filled"]
    assert [1.0, 3] == [fields["id"]["filled"], fields["id"]["distinct"]]
    assert shown["updated_at"] is not None


async def test_a_dataset_has_its_own_clock(front: Front) -> None:
    """``clock_offset_s`` shifts its now, in a list too."""
    await front.post("/datasets", {**PEOPLE, "clock_offset_s": -3600})

    (shown,) = (await front.get("/datasets")).json()["items"]

    assert "2025-06-01T11:00:00Z" == shown["now"]


async def test_a_list_of_datasets_comes_in_pages(front: Front) -> None:
    """The cursor of one page gives the next, and null ends it."""
    for name in ("b", "a", "c"):
        await front.post("/datasets", {"name": name, "key": None, "fields": []})

    first = (await front.get("/datasets", params={"limit": 2})).json()
    more = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await front.get("/datasets", params=more)).json()

    assert [["a", "b"], ["c"]] == [
        [one["name"] for one in page["items"]] for page in (first, second)
    ]
    assert second["next_cursor"] is None


async def test_a_patch_adds_and_renames(people: Front) -> None:
    """What it doesn't name stays, records included."""
    patch = {
        "fields": [{"name": "note", "type": "text"}],
        "labels": {"state": "Home state"},
        "time_zone": "America/New_York",
        "clock_offset_s": 60,
    }

    answer = await people.client.patch(f"{API}/datasets/people", json=patch)

    shown = answer.json()
    labels = {field["name"]: field["label"] for field in shown["fields"]}
    assert [200, 3] == [answer.status_code, shown["records"]]
    assert ["note", "Home state"] == [labels["note"], labels["state"]]
    assert ["America/New_York", 60] == [shown["time_zone"], shown["clock_offset_s"]]


async def test_a_patch_may_add_a_link(people: Front) -> None:
    """A link is named after its field unless it says another name."""
    await people.post("/datasets", {"name": "visits", "key": None,
                                    "fields": [{"name": "person", "type": "int"}]})  # fmt: skip

    answer = await people.client.patch(
        f"{API}/datasets/visits", json={"links": [{"field": "person", "to": "people"}]}
    )

    assert [{"name": "person", "field": "person", "to": "people"}] == answer.json()["links"]


async def test_every_fault_of_a_schema_is_reported(front: Front) -> None:
    """Each with the place it stands at."""
    body = {
        "name": "x", "key": None, "time_zone": "Mars/Olympus",
        "fields": [{"name": "a", "type": "decimal", "scale": 30}, {"name": "a", "type": "int"}],
    }  # fmt: skip

    answer = await front.post("/datasets", body)

    assert [422, "bad_schema"] == [answer.status_code, code_of(answer)]
    assert {"/time_zone", "/fields/0/scale", "/fields/1/name"} == {p for _, p in paths_of(answer)}


async def test_a_name_can_be_taken_once(people: Front) -> None:
    """A second dataset of one name is a conflict."""
    answer = await people.post("/datasets", PEOPLE)

    assert [409, "dataset_exists"] == [answer.status_code, code_of(answer)]


async def test_a_patch_of_unknown_fields_is_refused(people: Front) -> None:
    """Labels of fields that aren't there, and fields that are."""
    patch = {"labels": {"nope": "x"}, "fields": [{"name": "state", "type": "int"}]}

    answer = await people.client.patch(f"{API}/datasets/people", json=patch)

    expected = [("unknown_field", "/labels/nope"), ("bad_value", "/fields/0/name")]
    assert expected == paths_of(answer)


async def test_a_body_of_the_wrong_shape_names_every_place(front: Front) -> None:
    """Nothing of the body is repeated."""
    body = {"name": 5, "fields": [{"name": "a", "type": "secret-word"}], "secret-word": 1}

    answer = await front.post("/datasets", body)

    expected = {"/name", "/key", "/fields/0/type", "/secret-word"}
    assert expected == {path for _, path in paths_of(answer)}
    assert all("secret-word" not in one["message"] for one in answer.json()["error"]["problems"])
