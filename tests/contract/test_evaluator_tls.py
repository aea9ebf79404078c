"""The gRPC port over TLS: who is let in, and who is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.rpc import server
from evaluator.rpc.evaluate_pb2 import CountRequest
from evaluator.rpc.evaluate_pb2_grpc import EvaluatorStub
from evaluator.rpc.tls import Identity
from evaluator.service import LocalEvaluator
from gateway.settings import read
from indexer.local import LocalIndex
from indexer.model.errors import BadShape
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import NOW
from tests.support.certificates import Authority, Pair

ANYTHING = CountRequest(dataset="people", condition_json='{"all": []}')
WAIT_S = 30.0


@asynccontextmanager
async def served(identity: Identity) -> AsyncIterator[str]:
    """The address of a service of that identity, without datasets."""
    clock = ManualClock(NOW)
    index = await LocalIndex.open(None, shard_bits=16, clock=clock)
    running = await server.start(
        LocalEvaluator(index, clock=clock), "127.0.0.1", 0,
        changes=ChangeIntake(index, ChangeLimits()), identity=identity,
    )  # fmt: skip
    try:
        yield f"127.0.0.1:{running.port}"
    finally:
        await running.stop()
        await index.close()


async def code_of(channel: grpc.aio.Channel) -> grpc.StatusCode:
    """How a call ends; NOT_FOUND is the word of one who was let in."""
    async with channel:
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await EvaluatorStub(channel).Count(ANYTHING, timeout=WAIT_S)
    return ended.value.code()


def secure(address: str, ca: Authority, own: Pair | None = None) -> grpc.aio.Channel:
    """A channel that trusts an authority, and shows a certificate if it has one."""
    shown = (None, None) if own is None else (own.key.read_bytes(), own.certificate.read_bytes())
    credentials = grpc.ssl_channel_credentials(ca.certificate.read_bytes(), *shown)
    return grpc.aio.secure_channel(address, credentials)


async def test_tls_is_spoken_with_whom_trusts_us(tmp_path: Path) -> None:
    """Nobody is answered in plain text, and nobody is fooled by another's certificate."""
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    pair = ours.signed("service")

    async with served(Identity(pair.certificate, pair.key)) as address:
        codes = [
            await code_of(secure(address, ours)),
            await code_of(secure(address, other)),
            await code_of(grpc.aio.insecure_channel(address)),
        ]

    unavailable = grpc.StatusCode.UNAVAILABLE
    assert [grpc.StatusCode.NOT_FOUND, unavailable, unavailable] == codes


async def test_a_caller_has_to_show_a_certificate_of_ours(tmp_path: Path) -> None:
    """None, another authority's and one that is over are all refused."""
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    pair = ours.signed("service")
    known, foreign = ours.signed("caller"), other.signed("stranger")
    over = ours.signed("late", days=-1)

    async with served(Identity(pair.certificate, pair.key, ours.certificate)) as address:
        let_in = await code_of(secure(address, ours, known))
        refused = [await code_of(secure(address, ours, each)) for each in (None, foreign, over)]

    assert grpc.StatusCode.NOT_FOUND == let_in
    assert [grpc.StatusCode.UNAVAILABLE] * 3 == refused


async def test_certificates_change_without_a_restart(tmp_path: Path) -> None:
    """The next caller meets the new one; files that went leave the last one in place."""
    old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
    pair, next_pair = old.signed("service"), new.signed("successor")

    async with served(Identity(pair.certificate, pair.key)) as address:
        before = await code_of(secure(address, old))
        next_pair.certificate.replace(pair.certificate)
        next_pair.key.replace(pair.key)
        after = await code_of(secure(address, new))
        pair.key.unlink()
        without = await code_of(secure(address, new))

    assert [grpc.StatusCode.NOT_FOUND] * 3 == [before, after, without]


async def test_settings_of_tls_are_whole_or_refused(tmp_path: Path) -> None:
    """Half of a pair, an authority without one, and files that are not there."""
    nowhere = Identity(tmp_path / "no.pem", tmp_path / "no.key")

    with pytest.raises(BadShape, match="go together"):
        read(grpc_tls_cert=tmp_path / "a.pem")
    with pytest.raises(BadShape, match="--grpc-tls-client-ca needs"):
        read(grpc_tls_client_ca=tmp_path / "ca.pem")
    with pytest.raises(BadShape, match="can't be read"):
        async with served(nowhere):
            pass
