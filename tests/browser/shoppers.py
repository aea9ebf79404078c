"""A small dataset with every kind of field, the same in every run."""

import csv
import io
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.browser.site import Site

RECORDS = 3_000
NOW = "2018-01-01T12:00:00Z"
"""What the service's clock says in these tests."""
DAY_S = 86_400
STATES = ("CA", "TX", "NY", "FL", "WA", "IL", "GA", "OH")
PLANS = ("free", "starter", "growth", "enterprise")
TAGS = ("new", "vip", "lapsed", "web")
FIELDS: list[dict[str, Any]] = [
    {"name": "state", "type": "keyword", "label": "State"},
    {"name": "plan", "type": "keyword", "label": "Plan"},
    {"name": "orders", "type": "int", "label": "Orders"},
    {"name": "spend", "type": "decimal", "scale": 2, "label": "Lifetime spend"},
    {"name": "subscribed", "type": "bool", "label": "Subscribed"},
    {"name": "birthday", "type": "date", "label": "Birthday"},
    {"name": "last_order", "type": "timestamp", "label": "Last order"},
    {"name": "tags", "type": "set", "label": "Tags"},
]


def put_shoppers(site: Site) -> None:
    """Create the dataset over HTTP; its own clock is a day behind the service's."""
    site.ask("PUT", "/clock", json={"now": NOW})
    schema = {"name": "shoppers", "key": "shopper_id", "clock_offset_s": -DAY_S}
    key = {"name": "shopper_id", "type": "int", "label": "Shopper"}
    site.ask("POST", "/datasets", json={**schema, "fields": [key, *FIELDS]})
    site.load("shoppers", shoppers_csv(Random(7)))


def shoppers_csv(chance: Random) -> str:
    """The records as CSV; an unquoted empty cell is null."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["shopper_id", *(field["name"] for field in FIELDS)])
    for key in range(1, RECORDS + 1):
        writer.writerow([key, *_values(chance)])
    return out.getvalue()


def _values(chance: Random) -> list[object]:
    ordered = datetime(2017, 12, 31, tzinfo=UTC) - timedelta(
        seconds=round(chance.expovariate(1 / 70) * DAY_S)
    )
    born = datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(20_000))
    return [
        chance.choices(STATES, weights=range(len(STATES), 0, -1))[0],
        chance.choice(PLANS),
        chance.randrange(12),
        "" if chance.random() < 0.1 else f"{chance.gammavariate(2, 120):.2f}",
        str(chance.random() < 0.7).lower(),
        born.date().isoformat(),
        ordered.isoformat(),
        "|".join(tag for tag in TAGS if chance.random() < 0.3),
    ]
