"""Servers for all tests of this folder that need one; each uses a part of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer, running_postgres
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A running server."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests; each has a database of its own."""
    with running_postgres() as running:
        yield running


@pytest.fixture
def database(postgres: PostgresServer, request: pytest.FixtureRequest) -> str:
    """A new database, named after its test."""
    name = f"d{abs(hash(request.node.name)):x}"
    postgres.do(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the application keeps its data."""
    return tmp_path / "app.db"
