"""The Python client: the same answers from memory, from a folder and from a service."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from pyroaring import BitMap64

from evaluator.background import Background
from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.client import Cardinal, connect
from evaluator.embedded import LocalAsker
from evaluator.results import BinShare, ValueShare
from evaluator.roaring.keys import keys_of
from evaluator.roaring.reading import read_file
from evaluator.rpc import server
from evaluator.rpc.tls import Identity
from evaluator.selection import Selection
from evaluator.service import LocalEvaluator
from evaluator.trust import Trust
from indexer.model import errors
from indexer.model.ids import DatasetName
from indexer.runtime.clock import ManualClock
from tests.repo.sources import ROOT
from tests.support.certificates import Authority
from tests.support.definitions import Written, listed, rule

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
CALIFORNIAN = {"field": "state", "op": "is", "value": "CA"}
BIG = {"field": "spent", "op": "gte", "value": 20}
TABLE = pa.table(
    {
        "id": ["ann", "bob", "cid", "dot"],
        "state": ["CA", "CA", "NY", None],
        "spent": pa.array([10, 20, 30, None], pa.int64()),
        "since": [date(2025, 1, 1), date(2025, 5, 30), None, date(2024, 1, 1)],
    }
)
HEAVY = {
    "numba",
    "lmdb",
    "fastapi",
    "pydantic",
    "uvicorn",
    "pyarrow",
    "numpy.f2py",
    "indexer.local",
}


class Told(Written):
    """Definitions that can be told by dataset too."""

    def of_dataset(self, _: DatasetName) -> list[str]:
        """See ``Segments``."""
        return ["sg_ca", "sg_list"]


SEGMENTS = Told(
    [rule("sg_ca", CALIFORNIAN, dataset="people"), listed("sg_list", "dot", dataset="people")]
)


class Service:
    """A service over the same records, in a loop of its own."""

    def __init__(self, identity: Identity | None = None) -> None:
        self._background = Background()
        clock = ManualClock(NOW)
        self.asker = self._background.run(LocalAsker.open(None, segments=SEGMENTS, clock=clock))
        self.client = Cardinal(self.asker, background=self._background)
        index = self.asker._index
        self._running = self._background.run(
            server.start(
                LocalEvaluator(index, clock=clock, definitions=SEGMENTS), "127.0.0.1", 0,
                changes=ChangeIntake(index, ChangeLimits()), segments=SEGMENTS, identity=identity,
            )
        )  # fmt: skip
        self.address = f"127.0.0.1:{self._running.port}"

    def close(self) -> None:
        """End it."""
        self._background.run(self._running.stop())
        self.client.close()


@pytest.fixture(params=["memory", "folder", "service"])
def cardinal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cardinal]:
    """Four people, whichever way they are asked about."""
    if request.param == "service":
        service = Service()
        service.client.load("people", TABLE, key="id")
        with connect(service.address) as client:
            yield client
        service.close()
        return
    where = tmp_path if request.param == "folder" else ":memory:"
    with Cardinal(where, segments=SEGMENTS, clock=ManualClock(NOW)) as client:
        client.load("people", TABLE, key="id")
        yield client


def test_a_count_says_of_how_many_and_when(cardinal: Cardinal) -> None:
    """Nodes and windows too."""
    recent = {"field": "since", "op": "in_last", "value": {"amount": 7, "unit": "day"}}

    count = cardinal.count("people", {"all": [CALIFORNIAN, recent]}, per_node=True)
    later = cardinal.count("people", recent, now=datetime(2026, 1, 1, tzinfo=UTC))

    assert (1, 4, NOW) == (count.members, count.total, count.now)
    assert {"": 1, "/all/0": 2, "/all/1": 1} == count.per_node
    assert {"/all/1"} == count.resolved.keys()
    assert (0, True) == (later.members, count.as_of > 0)


def test_a_segment_gives_its_members_in_every_form(cardinal: Cardinal, tmp_path: Path) -> None:
    """Bitmap, keys, Arrow, polars, files."""
    segment = cardinal.segment("sg_ca")

    bitmap, table = segment.bitmap(), segment.to_arrow(["spent", "since"])
    saved = segment.save(tmp_path / "m.roaring", keys=tmp_path / "keys.parquet")
    alone = segment.save(tmp_path / "alone.roaring")
    told = read_file(tmp_path / "m.roaring")
    named = pa.Table.from_batches(keys_of(told, tmp_path / "keys.parquet"))

    assert ("sg_ca", 1, "SG_CA", "people") == (
        segment.id,
        segment.version,
        segment.name,
        segment.dataset,
    )
    assert (BitMap64([0, 1]), True) == (bitmap, bitmap.sequence > 0)
    assert ["ann", "bob"] == sorted(map(str, segment.keys()))
    assert (2, True, False) == (len(segment), "ann" in segment, "dot" in segment)
    assert [10, 20] == table.sort_by("_key").column("spent").to_pylist()
    assert pl.DataFrame({"_key": ["ann", "bob"]}).equals(segment.to_polars().sort("_key"))
    assert (2, 2, BitMap64([0, 1])) == (saved, alone, told)
    assert ["ann", "bob"] == sorted(named.column("key").to_pylist())


def test_a_list_is_a_segment_too(cardinal: Cardinal) -> None:
    """And can be part of others."""
    keys, californian = cardinal.segment("sg_list"), cardinal.segment("sg_ca")

    assert {"dot"} == set(keys.keys())
    assert {"ann", "bob", "dot"} == set((keys | californian).keys())
    assert 0 == len(keys & californian)


def test_selections_are_put_together(cardinal: Cardinal) -> None:
    """Both, either, one without the other, everybody else; evaluated where the records are."""
    state, big = cardinal.where("people", CALIFORNIAN), cardinal.where("people", BIG)

    found = {
        name: sorted(map(str, each.keys()))
        for name, each in {
            "both": state & big, "either": state | big, "without": state - big, "else": ~state,
            "many": (state | big) - (state & big),
        }.items()
    }  # fmt: skip

    assert {
        "both": ["bob"], "either": ["ann", "bob", "cid"], "without": ["ann"],
        "else": ["cid", "dot"], "many": ["ann", "cid"],
    } == found  # fmt: skip


def test_a_long_chain_of_selections_stays_shallow(cardinal: Cardinal) -> None:
    """Groups of one kind become one group, so depth is no limit."""
    chain = cardinal.where("people", CALIFORNIAN)
    for _ in range(60):
        chain = chain | cardinal.where("people", BIG)
        assert bool(chain)

    assert 3 == len(chain)
    assert {"any"} == set(chain.condition)  # type: ignore[call-overload]


def test_questions_beside_the_count_are_answered(cardinal: Cardinal) -> None:
    """Overlap, breakdown, explain, describe."""
    both = cardinal.overlap("people", [CALIFORNIAN, cardinal.where("people", BIG)])
    everybody = cardinal.where("people", {"all": []})
    states = everybody.breakdown("state")
    spent = everybody.breakdown("spent", bins=2)
    why = cardinal.where("people", {"not": BIG}).explain("bob")

    assert ((2, 2), {"10": 1, "01": 1, "11": 1}) == (both.sizes, both.regions)
    assert ((ValueShare("CA", 2), ValueShare("NY", 1)), 1) == (states.items, states.null)
    assert (BinShare(10, 20, 1), BinShare(20, 30, 2)) == spent.items
    assert (False, True, 20) == (why.holds, why.children[0].holds, why.children[0].value)
    assert "state is CA" == cardinal.where("people", CALIFORNIAN).describe()


def test_errors_are_ours_with_every_problem(cardinal: Cardinal) -> None:
    """The same classes whichever way they come."""
    wrong = {"all": [{"field": "stat", "op": "is", "value": 1}, {"field": "spent", "op": "x"}]}

    with pytest.raises(errors.BadCondition) as refused:
        cardinal.count("people", wrong)
    with pytest.raises(errors.UnknownDataset):
        cardinal.count("nowhere", {"all": []})
    with pytest.raises(errors.UnknownSegment):
        cardinal.segment("sg_none")
    with pytest.raises(errors.UnknownField):
        cardinal.where("people", {"all": []}).to_arrow(["x"])
    with pytest.raises(errors.BadBody):
        cardinal.count("people", {"field": "state", "op": "is", "value": object()})
    with pytest.raises(errors.BadShape):
        cardinal.where("people", BIG) & cardinal.where("nowhere", BIG)

    assert ["/all/0", "/all/1"] == [problem.path for problem in refused.value.problems]


def test_python_values_are_taken_in_conditions(cardinal: Cardinal) -> None:
    """Dates as dates, fractions as they are written."""
    since = {"field": "since", "op": "gte", "value": date(2025, 1, 1)}
    fraction = {"field": "spent", "op": "gt", "value": 19.5}

    assert [2, 2] == [cardinal.count("people", each).members for each in (since, fraction)]


def test_changes_are_applied_once(cardinal: Cardinal) -> None:
    """Good ones together, bad ones told; a repeat has the answer of the first."""
    changes: list[dict[str, object]] = [
        {"op": "upsert", "key": "eve", "values": {"state": "CA"}},
        {"op": "upsert", "key": "bob", "values": {"spent": "much"}},
    ]

    first = cardinal.apply("people", changes, idempotency_key="a")
    second = cardinal.apply("people", changes, idempotency_key="a")

    assert (1, [1]) == (first.applied, [each.index for each in first.rejected])
    assert first == second
    assert "eve" in cardinal.segment("sg_ca")


def test_a_stream_may_be_left_early(cardinal: Cardinal) -> None:
    """In the middle of its batches; the client goes on."""
    rows = cardinal.where("people", {"all": []}).rows(["state"], batch_rows=1)

    first = next(rows)
    rows.close()  # type: ignore[attr-defined]

    assert (1, ["_key", "state"]) == (first.num_rows, first.schema.names)
    assert 4 == len(cardinal.where("people", {"all": []}))


def test_a_folder_keeps_what_was_loaded(tmp_path: Path) -> None:
    """For the next client; two at a time are refused."""
    with Cardinal(tmp_path) as first:
        first.load("people", TABLE, key="id")
        with pytest.raises(errors.FolderInUse):
            Cardinal(tmp_path)

    with Cardinal(str(tmp_path)) as second:
        assert 4 == second.count("people", {"all": []}).members
        assert 4 == second.save_keys("people", tmp_path / "keys.arrow")


def test_files_and_tables_are_loaded(tmp_path: Path) -> None:
    """CSV, Arrow and polars; later ones bring new fields, or remove records."""
    path = tmp_path / "people.csv"
    path.write_text("id,state\nann,CA\nbob,NY\n")
    with Cardinal() as cardinal:
        first = cardinal.load("people", path, key="id")
        frame = pl.DataFrame({"id": ["bob", "cid"], "age": [30, 40]})
        second = cardinal.load("people", frame)
        third = cardinal.load("people", pa.table({"id": ["ann"]}), mode="delete")
        unkeyed = cardinal.load("things", pa.table({"size": [1, 2]}))
        found = sorted(cardinal.where("people", {"all": []}).to_arrow(["age"]).to_pylist(),
                       key=lambda row: row["_key"])  # fmt: skip
        with pytest.raises(errors.BadShape):
            cardinal.load("people", path, mode="magic")
        with pytest.raises(errors.BadFile):
            cardinal.load("people", 7)
        with pytest.raises(errors.UnknownDataset):
            cardinal.load("nobody", path, mode="update")

    assert (2, 1, 1) == (first.created, second.created, second.updated)
    assert (1, 2, 0) == (third.deleted, unkeyed.created, unkeyed.rejected)
    assert [{"_key": "bob", "age": 30}, {"_key": "cid", "age": 40}] == found


def test_a_frame_of_pandas_needs_pandas() -> None:
    """Where it is installed it is given, else the error says what to install."""
    with Cardinal() as cardinal:
        cardinal.load("people", TABLE, key="id")
        everybody = cardinal.where("people", {"all": []})
        if find_spec("pandas") is None:
            with pytest.raises(ImportError, match="pip install pandas"):
                everybody.to_pandas()
        else:
            assert (4, 2) == everybody.to_pandas(["spent"]).shape


def test_a_service_takes_no_files_here() -> None:
    """And says where it does."""
    service = Service()
    with connect(service.address) as cardinal, pytest.raises(errors.NotAllowed, match="over HTTP"):
        cardinal.load("people", TABLE, key="id")
    service.close()


def test_a_client_speaks_tls_and_shows_who_it_is(tmp_path: Path) -> None:
    """And is refused without."""
    ours = Authority(tmp_path, "ours")
    pair, own = ours.signed("service"), ours.signed("caller")
    service = Service(Identity(pair.certificate, pair.key, ours.certificate))
    service.client.load("people", TABLE, key="id")
    trust = Trust(ours.certificate, own.certificate, own.key)

    with connect(service.address, tls=trust) as cardinal:
        count = cardinal.count("people", {"all": []})
    with connect(service.address) as plain, pytest.raises(errors.NodeUnavailable):
        plain.count("people", {"all": []})
    with pytest.raises(errors.BadShape, match="can't be read"):
        connect(service.address, tls=Trust(tmp_path / "none.pem"))
    service.close()

    assert 4 == count.members


def test_a_client_that_is_closed_says_so(cardinal: Cardinal) -> None:
    """Closing twice is closing once; questions after that are mistakes."""
    selection: Selection = cardinal.where("people", {"all": []})
    cardinal.close()
    cardinal.close()

    with pytest.raises(RuntimeError, match="closed"):
        len(selection)


def test_time_is_up_where_it_was_bounded() -> None:
    """A client waits no longer than it was told to."""
    with Cardinal(timeout_s=-1.0) as cardinal:
        cardinal.load("people", TABLE, key="id")
        with pytest.raises(errors.DeadlinePassed):
            cardinal.count("people", {"all": []})


def test_asking_a_service_needs_little() -> None:
    """No engine, no server, no Arrow before rows are asked for."""
    code = "import sys; from evaluator.client import connect; connect('127.0.0.1:1').close(); "
    code += "print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert set() == HEAVY & set(done.stdout.split())
