"""The generated customers and purchases: the same for everybody, and shaped as they say."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from benchmarks.data import names
from benchmarks.data.chance import Chance, skewed, wheel_of
from benchmarks.data.customers import LIST_SEPARATOR, NOW, customers
from benchmarks.data.folder import Data
from benchmarks.data.integers import CODES, NO_TIME, TAG_WORDS, WORD_BITS
from benchmarks.data.purchases import purchases
from benchmarks.data.segments import segment_shares, segment_words

pytestmark = pytest.mark.xdist_group("benchmarks")

MANY = 40_000


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """A figure can be repeated on another day and another machine."""
    first, second = (_quiet(tmp_path / name, 2_500) for name in ("a", "b"))

    assert first.customers().read_bytes() == second.customers().read_bytes()
    assert first.purchases().read_bytes() == second.purchases().read_bytes()


def test_another_seed_gives_other_records(tmp_path: Path) -> None:
    """So that nothing is tuned to one set of data."""
    first, second = _quiet(tmp_path, 2_500), _quiet(tmp_path, 2_500, seed=8)

    assert not pq.read_table(first.customers()).equals(pq.read_table(second.customers()))


@pytest.mark.parametrize("block", [1, 7, 333, 1_000])
def test_records_do_not_depend_on_the_blocks_they_are_made_in(block: int) -> None:
    """Any part can be made alone."""
    rows = 1_000 if block > 1 else 40
    whole = pa.Table.from_batches([customers(7, 1_000, 0, rows)])
    sold = pa.Table.from_batches([purchases(7, 1_000, 0, rows)])

    cuts = [(start, min(start + block, rows)) for start in range(0, rows, block)]
    parts = pa.Table.from_batches([customers(7, 1_000, *cut) for cut in cuts])
    sold_parts = pa.Table.from_batches([purchases(7, 1_000, *cut) for cut in cuts])

    assert whole.to_pylist() == parts.to_pylist()
    assert sold.to_pylist() == sold_parts.to_pylist()


def test_data_is_made_once(tmp_path: Path) -> None:
    """A second benchmark finds what the first one made."""
    told: list[str] = []
    data = Data(tmp_path, 1_000, told.append)

    data.integers()
    Data(tmp_path, 1_000, told.append).integers()

    assert 2 == len(told)
    assert ["customers.parquet", "integers.parquet"] == _names(data.folder)


def test_half_made_data_is_not_found(tmp_path: Path) -> None:
    """An interrupted run leaves nothing that looks whole."""
    data = _quiet(tmp_path, 1_000)

    def interrupted(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.made("file", interrupted)

    assert [] == _names(data.folder)


def test_a_few_values_cover_most_records() -> None:
    """Skew is what makes some bitmaps dense and most of them sparse."""
    made = _many()

    for field in ("state", "country", "plan"):
        (commonest,) = Counter(made[field].to_pylist()).most_common(1)
        assert CODES[field][0] == commonest[0]
    assert 50 == len(set(made["state"].to_pylist()))
    assert 0.57 < _share(made["country"], "US") < 0.63
    assert 0.53 < _share(made["plan"], "free") < 0.57
    assert 3_000 < pc.count_distinct(made["city"].cast(pa.string())).as_py() <= 5_000


def test_fields_have_the_nulls_and_ranges_they_should() -> None:
    """Nulls, ages, money and times as documented."""
    made = _many()

    assert 0.02 < made["email"].null_count / MANY < 0.04
    assert 0.04 < made["last_login"].null_count / MANY < 0.06
    assert 0.18 < made["phone"].null_count / MANY < 0.22
    assert (18, 95) == tuple(pc.min_max(made["age"]).as_py().values())
    assert 60 < np.median(np.array(made["lifetime_value"].to_pylist(), float)) < 140
    assert pc.max(made["last_login"]).as_py() <= NOW.replace(tzinfo=None)
    assert 2.7 < pc.mean(pc.list_value_length(made["tags"])).as_py() < 3.1
    assert 0 == pc.min(pc.list_value_length(made["tags"])).as_py()


def test_signup_follows_the_order_of_records_but_for_an_hour() -> None:
    """Nearly sorted, as in a database that grew."""
    seconds = np.asarray(_many()["signup"].cast(pa.timestamp("s")).cast(pa.int64()))

    late = np.maximum.accumulate(seconds) - seconds

    assert 0 < late.max() <= 2 * 3_600


def test_an_email_is_unique_and_mostly_valid() -> None:
    """Some are not addresses, as in every real file."""
    emails = [email for email in _many()["email"].to_pylist() if email]

    odd = [each for each in emails if " " in each or each.count("@") != 1 or "@." in each]

    assert len(emails) == len(set(emails))
    assert 0.005 < len(odd) / len(emails) < 0.03


def test_names_are_written_in_many_scripts() -> None:
    """Text is not ASCII."""
    letters = {letter for name in _many()["name"].to_pylist() for letter in name}

    assert {"é", "ü", "Ł", "伟", "ש", "Б"} <= letters


def test_cities_and_tags_have_names_of_their_own() -> None:
    """Two codes of one name would be one value."""
    assert 5_000 == len(set(names.CITIES))
    assert 200 == len(set(names.TAGS))


def test_the_integers_say_the_same_as_the_texts(data: Data) -> None:
    """Every record, every column."""
    loaded, integers = _records(data.customers()), _records(data.integers())

    expected = [_as_integers(record) for record in loaded]

    assert expected == integers


def test_purchases_are_in_the_order_of_time_and_belong_to_customers(data: Data) -> None:
    """Three for each customer on average, most of them of a few."""
    made = pq.read_table(data.purchases())
    buyers = np.asarray(made["customer_id"])
    seconds = np.asarray(made["ts"].cast(pa.int64()))

    assert 3 * data.rows == made.num_rows
    assert 1 <= buyers.min() <= buyers.max() <= data.rows
    assert (np.diff(seconds) >= 0).all()
    assert np.sort(np.bincount(buyers))[-data.rows // 10 :].sum() > made.num_rows / 5


def test_csv_tells_null_from_the_empty_set(data: Data) -> None:
    """What is written can be read back as it was."""
    options = pa_csv.ConvertOptions(
        strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
    )

    read = pa_csv.read_csv(data.customers_csv(), convert_options=options).to_pylist()

    loaded = _records(data.customers())
    assert [record["email"] for record in loaded] == [record["email"] for record in read]
    assert [LIST_SEPARATOR.join(record["tags"]) for record in loaded] == [
        record["tags"] for record in read
    ]


def test_random_numbers_are_even_and_unrelated() -> None:
    """Streams of one seed, and a wheel's shares."""
    chance = Chance(7, 0, 200_000)
    first, second = chance.uniform("a"), chance.uniform("b")
    drawn = np.bincount(chance.spin("c", wheel_of([3, 1])), minlength=2) / 200_000

    assert 0.495 < first.mean() < 0.505
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.01
    assert abs(chance.normal("d").std() - 1) < 0.01
    assert 0.74 < drawn[0] < 0.76
    assert 65_536 == len(wheel_of(skewed(5_000)))


def test_stored_segments_have_the_shares_they_were_drawn_with() -> None:
    """From very sparse to half of all records."""
    rows = 100_003
    shares = segment_shares(7, 60)

    sizes = [int(np.bitwise_count(words).sum()) for words in segment_words(7, rows, 60)]

    assert min(shares) < 0.001
    assert max(shares) > 0.2
    for share, size in zip(shares, sizes, strict=True):
        assert abs(size - share * rows) <= 0.05 * share * rows + 150


def _quiet(root: Path, rows: int, *, seed: int = 7) -> Data:
    return Data(root, rows, lambda sentence: None, seed)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _many() -> pa.RecordBatch:
    return customers(7, MANY, 0, MANY)


def _share(values: pa.Array, text: str) -> float:
    told: list[str] = values.to_pylist()
    return told.count(text) / len(told)


def _records(path: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return records


def _as_integers(record: dict[str, Any]) -> dict[str, Any]:
    masks = [0] * TAG_WORDS
    for tag in record["tags"]:
        word, bit = divmod(names.TAGS.index(tag), WORD_BITS)
        masks[word] |= 1 << bit
    return {
        "id": record["id"],
        "email_null": record["email"] is None,
        **{name: CODES[name].index(record[name]) for name in CODES},
        **{f"tags_{word}": mask for word, mask in enumerate(masks)},
        "age": record["age"],
        "lifetime_value": int(record["lifetime_value"] * 100),
        "last_login": _seconds(record["last_login"]),
        "signup": _seconds(record["signup"]),
        "consent": record["consent"],
    }


def _seconds(time: Any) -> int:
    return NO_TIME if time is None else int(time.replace(tzinfo=NOW.tzinfo).timestamp())
