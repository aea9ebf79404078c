"""Customers: the records that segments are made of, any number of them, made in blocks.

Skewed like real ones: a few states, cities, tags and names cover most records, spending is
log-normal, most logins are recent. Records come in the order of their signup, but for an hour's
disorder. ``last_login``, ``email`` and ``phone`` have nulls; some addresses and numbers are not
valid; a record may have no tags, which is the empty set.
"""

from datetime import UTC, datetime
from math import exp, factorial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.data import names
from benchmarks.data.arrow import (
    MONEY,
    TIME,
    Mask,
    coded,
    digits,
    joined,
    lists,
    money,
    spelled,
    texts,
    times,
    unset,
)
from benchmarks.data.chance import Chance, skewed, wheel_of

NOW = datetime(2025, 11, 1, tzinfo=UTC)
"""The moment the data ends; questions about the last days are asked at it."""
NOW_S = int(NOW.timestamp())
DAY_S = 86_400
SIGNUP_SPAN_S = 5 * 365 * DAY_S
SIGNUP_DISORDER_S = 3_600
LOGIN_MEAN_S = 60 * DAY_S
LOGIN_NULL, EMAIL_NULL, PHONE_NULL, CONSENT = 0.05, 0.03, 0.2, 0.7
SPEND_LOG_MEAN, SPEND_LOG_SPREAD = 4.6, 1.4
CENTS_MAX = 2_000_000_000
"""So that cents fit the 32 bits that are kindest to other engines."""
TAGS_MEAN, TAGS_MAX = 3.0, 8
AGE_MEAN, AGE_SPREAD, AGE_MIN, AGE_MAX = 42.0, 14.0, 18, 95

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("email", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("state", coded(pa.int8()), nullable=False),
        pa.field("country", coded(pa.int8()), nullable=False),
        pa.field("city", coded(pa.int16()), nullable=False),
        pa.field("plan", coded(pa.int8()), nullable=False),
        pa.field("tags", pa.list_(pa.string()), nullable=False),
        pa.field("age", pa.int8(), nullable=False),
        pa.field("lifetime_value", MONEY, nullable=False),
        pa.field("last_login", TIME),
        pa.field("signup", TIME, nullable=False),
        pa.field("consent", pa.bool_(), nullable=False),
    ]
)

COMPARED = (
    "id", "email", "state", "country", "city", "plan", "tags", "age", "lifetime_value",
    "last_login", "signup", "consent",
)  # fmt: skip
"""The twelve columns that engines are compared on."""
LIST_SEPARATOR = "|"
"""Between the members of a set where it is written as one text."""

_STATE = wheel_of(skewed(len(names.STATES), offset=3.0))
_COUNTRY = wheel_of([15.0, *skewed(len(names.COUNTRIES) - 1) * 4.0])
_PLAN = wheel_of([55, 22, 13, 7, 3])
_PLACE = wheel_of(skewed(names.CITIES_PER_STATE))
_TAG = wheel_of(skewed(len(names.TAGS), power=0.9, offset=4.0))
_TAG_COUNT = wheel_of([TAGS_MEAN**k * exp(-TAGS_MEAN) / factorial(k) for k in range(TAGS_MAX + 1)])
_FIRST = wheel_of(skewed(len(names.FIRST_NAMES), offset=8.0))
_LAST = wheel_of(skewed(len(names.LAST_NAMES), offset=8.0))
_MAIL_NAME = wheel_of(skewed(len(names.MAIL_NAMES), offset=8.0))
_MAIL_JOINT = wheel_of([985, 5, 5, 5])
_MAIL_DOMAIN = wheel_of(skewed(len(names.MAIL_DOMAINS)))
_PHONE_FORM = wheel_of([85, 12, 3])
_NO_TAG = 255


def customers(seed: int, rows: int, start: int, stop: int) -> pa.RecordBatch:
    """Records ``start`` to ``stop - 1`` of ``rows``; keys count from 1. Cost: about 1 µs each."""
    chance = Chance(seed, start, stop)
    places = np.arange(start, stop)
    state = chance.spin("state", _STATE)
    city = state.astype(np.int16) * names.CITIES_PER_STATE + chance.spin("city", _PLACE)
    signup = _signup(chance, places, rows)
    arrays = {
        "id": pa.array(places + 1),
        "name": _full_names(chance),
        "email": _emails(chance, places + 1),
        "phone": _phones(chance),
        "state": texts(state, names.STATES, SCHEMA.field("state").type),
        "country": texts(
            chance.spin("country", _COUNTRY), names.COUNTRIES, SCHEMA.field("country").type
        ),
        "city": texts(city, names.CITIES, SCHEMA.field("city").type),
        "plan": texts(chance.spin("plan", _PLAN), names.PLANS, SCHEMA.field("plan").type),
        "tags": _tags(chance),
        "age": pa.array(_ages(chance)),
        "lifetime_value": money(_cents(chance)),
        "last_login": _last_login(chance, signup),
        "signup": times(signup),
        "consent": pa.array(chance.happens("consent", CONSENT)),
    }
    return pa.RecordBatch.from_arrays([arrays[field.name] for field in SCHEMA], schema=SCHEMA)


def _signup(chance: Chance, places: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.int64]:
    """Seconds, growing with the place like a firm that grows, but for the disorder."""
    along = np.sqrt((places + chance.uniform("signup")) / rows)
    disorder = (chance.uniform("signup/disorder") * 2 - 1) * SIGNUP_DISORDER_S
    seconds = NOW_S - SIGNUP_SPAN_S + along * SIGNUP_SPAN_S + disorder
    whole: npt.NDArray[np.int64] = np.minimum(seconds, NOW_S - 1).astype(np.int64)
    return whole


def _last_login(chance: Chance, signup: npt.NDArray[np.int64]) -> pa.Array:
    ago = (chance.exponential("last_login") * LOGIN_MEAN_S).astype(np.int64)
    return times(np.maximum(NOW_S - ago, signup), chance.happens("last_login/null", LOGIN_NULL))


def _cents(chance: Chance) -> npt.NDArray[np.int64]:
    spent = np.exp(SPEND_LOG_MEAN + SPEND_LOG_SPREAD * chance.normal("lifetime_value")) * 100
    cents: npt.NDArray[np.int64] = np.minimum(spent, CENTS_MAX).astype(np.int64)
    return cents


def _ages(chance: Chance) -> npt.NDArray[np.int8]:
    years = AGE_MEAN + AGE_SPREAD * chance.normal("age")
    return np.clip(years, AGE_MIN, AGE_MAX).astype(np.int8)


def _tags(chance: Chance) -> pa.Array:
    """Up to ``TAGS_MAX`` drawn for each record, repeats taken once."""
    count = chance.spin("tags/count", _TAG_COUNT)
    drawn = np.empty((len(count), TAGS_MAX), np.uint8)
    for turn in range(TAGS_MAX):
        drawn[:, turn] = np.where(turn < count, chance.spin(f"tags/{turn}", _TAG), _NO_TAG)
    drawn.sort(axis=1)
    kept: Mask = drawn != _NO_TAG
    kept[:, 1:] &= drawn[:, 1:] != drawn[:, :-1]
    return lists(kept.sum(axis=1), spelled(drawn[kept], names.TAGS))


def _full_names(chance: Chance) -> pa.Array:
    first = spelled(chance.spin("name/first", _FIRST), names.FIRST_NAMES)
    last = spelled(chance.spin("name/last", _LAST), names.LAST_NAMES)
    return joined(first, " ", last)


def _emails(chance: Chance, keys: npt.NDArray[np.int64]) -> pa.Array:
    """Unique, as each holds the key; about one in 70 is not an address."""
    name = spelled(chance.spin("email/name", _MAIL_NAME), names.MAIL_NAMES)
    joint = spelled(chance.spin("email/joint", _MAIL_JOINT), names.MAIL_JOINTS)
    domain = spelled(chance.spin("email/domain", _MAIL_DOMAIN), names.MAIL_DOMAINS)
    written = joined(name, ".", digits(keys), joint, domain)
    return unset(written, chance.happens("email/null", EMAIL_NULL))


def _phones(chance: Chance) -> pa.Array:
    """In two ways of writing, and some that are too short to be a number."""
    area = digits(chance.words("phone/area").astype(np.int64) % 800 + 200)
    office = digits(chance.words("phone/office").astype(np.int64) % 800 + 200)
    line = digits(chance.words("phone/line").astype(np.int64) % 9_000 + 1_000)
    forms: Any = (
        joined("+1", area, office, line),
        joined("(", area, ") ", office, "-", line),
        joined(office, "-", line),
    )
    form = pa.array(chance.spin("phone/form", _PHONE_FORM).astype(np.int8))
    return unset(pa.compute.choose(form, *forms), chance.happens("phone/null", PHONE_NULL))
