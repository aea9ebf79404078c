"""Questions about customers by their purchases: ours, and the same for engines that speak SQL.

Peers hold customers and purchases in integers, seconds and cents, which is kindest to them.
``{since}`` and its kin are seconds; the SQL counts customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.data.customers import DAY_S, NOW_S


@dataclass(frozen=True, slots=True)
class RelatedQuestion:
    """A condition on customers; and which purchases count, and what has to hold of a customer's.

    ``where`` and ``having`` are SQL. With ``without``, customers that have such purchases are
    counted unless they have one of those too.
    """

    condition: Mapping[str, Any]
    where: str = ""
    having: str = ""
    without: str = ""

    @property
    def sql(self) -> str:
        """As anybody would write it."""
        where = f" WHERE {self.where}" if self.where else ""
        having = f" HAVING {self.having}" if self.having else ""
        chosen = f"SELECT customer_id FROM purchases{where} GROUP BY customer_id{having}"
        if self.without:
            chosen += f" EXCEPT SELECT customer_id FROM purchases WHERE {self.without}"
        return f"SELECT count(*) AS n FROM ({chosen}) AS c"


def since(days: int) -> int:
    """The second so many days before the moment the data ends."""
    return NOW_S - days * DAY_S


def last(days: int) -> dict[str, Any]:
    """Purchases of the last days."""
    return {"field": "ts", "op": "in_last", "value": {"amount": days, "unit": "day"}}


DEAR = {"field": "amount", "op": "gt", "value": 50}
TWICE_LATELY = "2 over 50 in 30 days"
QUESTIONS: Mapping[str, RelatedQuestion] = {
    TWICE_LATELY: RelatedQuestion(
        {
            "related": "purchases",
            "where": {"all": [DEAR, last(30)]},
            "count": {"op": "gte", "value": 2},
        },
        f"cents > 5000 AND ts > {since(30)}",
        "count(*) >= 2",
    ),
    "any in 30 days": RelatedQuestion(
        {"related": "purchases", "where": last(30)}, f"ts > {since(30)}"
    ),
    "over 300 in 90 days": RelatedQuestion(
        {
            "related": "purchases",
            "where": last(90),
            "aggregate": {"fn": "sum", "field": "amount"},
            "op": "gt",
            "value": 300,
        },
        f"ts > {since(90)}",
        "sum(cents) > 30000",
    ),
    "last before 180 days": RelatedQuestion(
        {
            "related": "purchases",
            "aggregate": {"fn": "max", "field": "ts"},
            "op": "lt",
            "value": "2025-05-05T00:00:00Z",
        },
        "",
        f"max(ts) < {since(180)}",
    ),
    "dear ever, none in 90 days": RelatedQuestion(
        {
            "all": [
                {"related": "purchases", "where": DEAR},
                {"not": {"related": "purchases", "where": last(90)}},
            ]
        },
        "cents > 5000",
        "",
        f"ts > {since(90)}",
    ),
}
