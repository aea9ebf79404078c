"""Puts the parts of a process together. The only module that knows which implementation is used."""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from prometheus_client import CollectorRegistry

from evaluator.api import Evaluator
from evaluator.changes.intake import ChangeIntake, ChangeLimits, Refusal
from evaluator.rpc.admission import Admit, Need, anybody
from evaluator.rpc.server import start
from evaluator.rpc.tls import Identity
from evaluator.service import LocalEvaluator
from gateway.access import Needs, Role, caller_of
from gateway.catalogue.catalogue import Catalogue
from gateway.erasure.runner import ErasureRunner
from gateway.erasure.suppressed import CODE, MESSAGE, Suppressed
from gateway.folder import DataFolder
from gateway.gate import Gate
from gateway.imports.runner import ImportRunner
from gateway.metrics import Metrics
from gateway.segments.book import SegmentBook
from gateway.segments.kept import KeptSegments
from gateway.segments.limits import SegmentLimits
from gateway.services import RpcServer, Services
from gateway.settings import Settings
from gateway.sources.following import Patience
from gateway.sources.kinds import KINDS
from gateway.sources.runner import SourceRunner
from indexer.api import Index
from indexer.intake.options import IntakeLimits
from indexer.local import LocalIndex
from indexer.model.errors import NotSignedIn
from indexer.model.limits import IndexLimits
from indexer.model.switches import Switches
from indexer.runtime.clock import Clock

SECRET_BYTES = 32
SEGMENT_LIMITS = SegmentLimits()
ROLE_FOR = {Need.COUNTS: Role.VIEWER, Need.RECORDS: Role.ANALYST, Need.CHANGES: Role.MANAGER}


def new_secret() -> str:
    """256 random bits, as text that is safe in addresses."""
    return secrets.token_urlsafe(SECRET_BYTES)


async def embedded(settings: Settings, clock: Clock, *, switches: Switches) -> Services:
    """Everything in this process, over the data folder of the settings.

    Raises: FolderInUse, SnapshotCorrupt, DiskFull.
    """
    folder = DataFolder(settings.data)
    async with AsyncExitStack() as opened:
        index = await _index(folder, settings, clock, switches)
        opened.push_async_callback(index.close)
        catalogue = Catalogue.open(folder.catalogue)
        opened.callback(catalogue.close)
        metrics = Metrics(CollectorRegistry())
        suppressed = Suppressed(catalogue.erasures.secret(new_secret), catalogue.suppressions)
        kept, evaluator = _evaluator(index, catalogue, clock, switches)
        imports = _imports(index, catalogue, folder, settings, clock, metrics, suppressed, kept)
        opened.push_async_callback(imports.close)
        sources = _sources(index, catalogue, clock, settings, suppressed)
        opened.push_async_callback(sources.close)
        erasures = await _erasures(index, catalogue, imports, suppressed, clock, kept)
        opened.push_async_callback(erasures.close)
        changes = _changes(index, settings, suppressed)
        opened.callback(changes.close)

        return Services(
            settings=settings,
            clock=clock,
            new_secret=new_secret,
            index=index,
            evaluator=evaluator,
            catalogue=catalogue,
            imports=imports,
            sources=sources,
            erasures=erasures,
            segments=_segments(index, evaluator, kept, suppressed, clock),
            metrics=metrics,
            questions=_question_gate(settings),
            previews=_preview_gate(settings),
            sockets=Gate(inside_max=settings.sockets_max, waiting_max=0, wait_s=0.0),
            changes=changes,
            start_rpc=_rpc(settings, evaluator, changes, kept, partial(_admit, catalogue, clock)),
            disk=index.disk,
            close=opened.pop_all().aclose,
        )


async def _index(
    folder: DataFolder, settings: Settings, clock: Clock, switches: Switches
) -> LocalIndex:
    return await LocalIndex.open(
        folder.root,
        shard_bits=settings.shard_bits,
        clock=clock,
        limits=IndexLimits(
            hot_bytes_max=settings.hot_bytes_max, result_bytes_max=settings.result_bytes_max
        ),
        switches=switches,
    )


def _imports(
    index: LocalIndex,
    catalogue: Catalogue,
    folder: DataFolder,
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    suppressed: Suppressed,
    kept: KeptSegments,
) -> ImportRunner:
    return ImportRunner(
        index=index,
        ledger=catalogue.imports,
        clock=clock,
        folder=folder.imports,
        waiting_max=settings.imports_waiting_max,
        limits=IntakeLimits(rejects_max=settings.rejects_kept_max),
        new_secret=new_secret,
        ended=metrics.import_ended,
        sift=suppressed.sifted,
        check_room=index.disk.check_import,
        touched=kept.touched_by,
    )


def _evaluator(
    index: Index, catalogue: Catalogue, clock: Clock, switches: Switches
) -> tuple[KeptSegments, Evaluator]:
    """The segments that conditions may refer to, and who evaluates those."""
    kept = KeptSegments(catalogue.segments, SEGMENT_LIMITS)
    return kept, LocalEvaluator(index, clock=clock, switches=switches, definitions=kept)


def _segments(
    index: Index,
    evaluator: Evaluator,
    kept: KeptSegments,
    suppressed: Suppressed,
    clock: Clock,
) -> SegmentBook:
    return SegmentBook(
        index=index,
        evaluator=evaluator,
        kept=kept,
        clock=clock,
        new_secret=new_secret,
        barred=suppressed.keys_among,
        limits=SEGMENT_LIMITS,
    )


def _rpc(
    settings: Settings,
    evaluator: Evaluator,
    changes: ChangeIntake,
    kept: KeptSegments,
    admit: Admit,
) -> Callable[[str, int], Awaitable[RpcServer]]:
    return partial(
        start,
        evaluator,
        changes=changes,
        segments=kept,
        admit=admit if settings.auth else anybody,
        identity=_identity(settings),
    )


def _identity(settings: Settings) -> Identity | None:
    if settings.grpc_tls_cert is None or settings.grpc_tls_key is None:
        return None
    return Identity(settings.grpc_tls_cert, settings.grpc_tls_key, settings.grpc_tls_client_ca)


async def _erasures(
    index: Index,
    catalogue: Catalogue,
    imports: ImportRunner,
    suppressed: Suppressed,
    clock: Clock,
    kept: KeptSegments,
) -> ErasureRunner:
    erasures = ErasureRunner(
        index=index,
        catalogue=catalogue,
        imports=imports,
        suppressed=suppressed,
        clock=clock,
        new_secret=new_secret,
        unlist=kept.forget_keys,
    )
    await erasures.start()
    return erasures


def _changes(index: Index, settings: Settings, suppressed: Suppressed) -> ChangeIntake:
    return ChangeIntake(
        index,
        ChangeLimits(
            body_bytes_max=settings.body_bytes_max,
            changes_max=settings.changes_max,
            repeats_max=settings.answers_remembered_max,
        ),
        Refusal(suppressed.among, CODE, MESSAGE),
    )


def _sources(
    index: LocalIndex,
    catalogue: Catalogue,
    clock: Clock,
    settings: Settings,
    suppressed: Suppressed,
) -> SourceRunner:
    return SourceRunner(
        index=index,
        ledger=catalogue.sources,
        clock=clock,
        kinds=KINDS,
        patience=Patience(
            settings.source_retry_s, settings.source_retry_max_s, secrets.SystemRandom().random
        ),
        new_secret=new_secret,
        sources_max=settings.sources_max,
        returning=suppressed.among,
    )


def _question_gate(settings: Settings) -> Gate:
    return Gate(
        inside_max=settings.questions_in_flight_max,
        waiting_max=settings.questions_waiting_max,
        wait_s=settings.question_wait_s,
    )


def _preview_gate(settings: Settings) -> Gate:
    # Every socket has a bounded number of previews, so this gate's queue is bounded too.
    return Gate(
        inside_max=settings.previews_in_flight_max,
        waiting_max=settings.sockets_max * settings.previews_per_socket_max,
        wait_s=settings.question_wait_s,
    )


def _admit(catalogue: Catalogue, clock: Clock, authorization: str, need: Need) -> None:
    """Let a gRPC caller see what their token's role may see and do over HTTP.

    Raises: NotSignedIn, NotAllowed.
    """
    scheme, _, token = authorization.partition(" ")
    held = catalogue.tokens.find(token.strip(), clock.now())
    if scheme.lower() != "bearer" or held is None:
        raise NotSignedIn("send a token as the metadata `authorization: Bearer TOKEN`")
    Needs(ROLE_FOR[need]).admit(caller_of(held))
