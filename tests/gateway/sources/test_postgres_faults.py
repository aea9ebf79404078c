"""What can be wrong with a PostgreSQL database: said in one sentence, and nothing disturbed."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from gateway.sources.api import StreamInterrupted, StreamStopped
from gateway.sources.postgres.stream import PostgresKind
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.postgres_following import PEOPLE, Following

FAULTS: Mapping[str, tuple[list[str], dict[str, Any], str]] = {
    "no such table": ([], {}, "no table 'people'"),
    "a view": (["CREATE VIEW people AS SELECT 1 AS id"], {}, "no ordinary table"),
    "no key": (["CREATE TABLE people (id int)"], {}, "no primary key"),
    "no identity": ([PEOPLE, "ALTER TABLE people REPLICA IDENTITY NOTHING"], {}, "no primary key"),
    "no publication": ([PEOPLE], {"publication": "mine"}, "no publication 'mine'"),
    "an empty publication": ([PEOPLE, "CREATE PUBLICATION mine"], {"publication": "mine"},
                             "'mine' is without 'people'"),
    "only inserts": ([PEOPLE, "CREATE PUBLICATION mine FOR TABLE people WITH (publish = 'insert')"],
                     {"publication": "mine"}, "must publish inserts, updates and deletes"),
    "no rights": ([PEOPLE, "DROP ROLE IF EXISTS visitor", "CREATE ROLE visitor LOGIN"],
                  {"user": "visitor"}, "give its role what it lacks"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cannot_be_followed_says_why(
    postgres: PostgresServer, database: str, fault: str
) -> None:
    """Before anything is made that could disturb the application."""
    statements, given, said = FAULTS[fault]
    postgres.do(*statements, database=database)

    with pytest.raises(StreamStopped, match=said):
        await Following(postgres, database, "people", **given).catch_up()

    assert [] == postgres.ask("SELECT 1 FROM pg_publication WHERE pubname <> 'mine'", database)


async def test_a_server_without_the_needed_log_says_so() -> None:
    """wal_level is the first thing people forget."""
    with running_postgres(wal_level="replica") as postgres:
        postgres.do(PEOPLE)

        with pytest.raises(StreamStopped, match="wal_level = logical"):
            await PostgresKind().open(Following(postgres, "postgres", "people").setup)


async def test_a_slot_that_somebody_reads_is_waited_for(
    postgres: PostgresServer, database: str
) -> None:
    """A former connection may not be gone yet."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()
    first = await PostgresKind().open(following.setup)
    async with aclosing(first.batches(following.position)) as batches:
        await anext(batches)
        postgres.do("INSERT INTO people VALUES (1, 'a', 'b')", database=database)

        with pytest.raises(StreamInterrupted, match="another reader has the slot"):
            await following.catch_up()
    await first.close()
    await following.catch_up()


@pytest.mark.parametrize("loss", ["dropped", "read by another", "restored"])
async def test_lost_changes_stop_the_stream(
    postgres: PostgresServer, database: str, loss: str
) -> None:
    """Going on would leave the records wrong for ever, and nobody would know."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()
    former = following.position
    slot = f"cardinal_{following.setup.id}"
    postgres.do("INSERT INTO people VALUES (1, 'a', 'b')", database=database)
    if loss == "dropped":
        postgres.do(f"SELECT pg_drop_replication_slot('{slot}')")
    elif loss == "read by another":
        postgres.do(f"SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())",
                  database=database)  # fmt: skip
    else:
        await following.catch_up()
        following.position = former

    with pytest.raises(StreamStopped, match="copies the tables anew"):
        await following.catch_up()
