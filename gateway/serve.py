"""Runs a process: both servers on bound sockets, the ready file, a clean end.

The asyncio loop, not uvloop: under load libuv takes one new connection a turn, and a thousand
clients that connect at once would wait for seconds.
"""

import asyncio
import contextlib
import errno
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import structlog
import uvicorn

from gateway.app import create_app
from gateway.catalogue.secret import Held
from gateway.compose import embedded
from gateway.pages import WebFiles
from gateway.services import Disk, RpcServer, Services
from gateway.settings import Settings
from indexer.model.errors import BadShape, LogPoisoned
from indexer.model.switches import Switches
from indexer.runtime import cycles
from indexer.runtime.clock import Clock, ManualClock, SystemClock

BACKLOG = 2_048
OWNER = Held("admin", "owner")
Say = Callable[[str], None]
Prepare = Callable[[Services], Awaitable[None]]

log = structlog.get_logger()


def clock_of(settings: Settings) -> Clock:
    """The process's clock. A manual one starts at the machine's time and stands still."""
    machine = SystemClock()
    return ManualClock(machine.now()) if settings.clock == "manual" else machine


async def serve(settings: Settings, say: Say, prepare: Prepare | None = None) -> None:
    """Serve until SIGTERM or SIGINT; ``say`` is told where, once everything answers.

    ``prepare`` is done with the loaded services before anybody is answered.

    Raises: BadShape where a port is taken; FolderInUse, SnapshotCorrupt, DiskFull; LogPoisoned
    where the disk failed, which ends serving.
    """
    _forget_ready(settings.ready_file)
    with bound(settings.host, settings.port, "--port") as listener:
        with cycles.loading():
            services = await embedded(settings, clock_of(settings), switches=Switches())
        try:
            if prepare is not None:
                await prepare(services)
            services.imports.resume()
            await services.sources.start()
            await _serve_both(services, listener, say)
        finally:
            _forget_ready(settings.ready_file)
            await services.close()
            log.info("stopped")


async def _serve_both(services: Services, listener: socket.socket, say: Say) -> None:
    rpc = await _started_rpc(services)
    try:
        announce = partial(_announce, services, listener, rpc, say)
        await Server(server_config(services), announce, services.disk).serve([listener])
    finally:
        await rpc.stop()
    if services.disk.poisoned:
        # What was acknowledged is safe; only a new look at the disk tells what else is.
        raise LogPoisoned(
            f"the disk that holds {services.settings.data} failed, so Cardinal has ended: look at "
            "the disk, then start it again; everything that was acknowledged is there"
        )


def server_config(services: Services) -> uvicorn.Config:
    """How HTTP is served. Compressed sockets would cost memory and time for each client."""
    return uvicorn.Config(
        create_app(services, WebFiles()),
        loop="asyncio",
        ws="websockets-sansio",
        ws_max_size=services.settings.message_bytes_max,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=services.settings.drain_s,
    )


async def _started_rpc(services: Services) -> RpcServer:
    settings = services.settings
    # gRPC's core writes lines of its own to stderr when a port is taken, so look first.
    bound(settings.host, settings.grpc_port, "--grpc-port").close()
    try:
        return await services.start_rpc(settings.host, settings.grpc_port)
    except OSError as fault:
        message = f"port {settings.grpc_port} is taken: choose another with --grpc-port"
        raise BadShape(message) from fault


class Server(uvicorn.Server):
    """uvicorn that tells when it accepts, and ends without raising the signal again.

    It ends by itself when the disk has failed.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], disk: Disk) -> None:
        super().__init__(config)
        self._ready = ready
        self._disk = disk

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return await super().on_tick(counter) or self._disk.poisoned

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then say so."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on the first SIGTERM or SIGINT; a second SIGINT waits for nobody."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def bound(host: str, port: int, flag: str) -> socket.socket:
    """A listening socket; ``flag`` is what chose the port.

    Raises: BadShape with a sentence that says what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, or asyncio leaves Nagle's algorithm on: 40 ms for each small answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as fault:
        listener.close()
        raise BadShape(_unbound(fault, host, port, flag)) from fault
    listener.set_inheritable(False)
    return listener


def _unbound(fault: OSError, host: str, port: int, flag: str) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"port {port} is taken: stop what uses it, or choose another with {flag}"
    if fault.errno == errno.EACCES:
        return f"port {port} is not allowed to you: choose one above 1023 with {flag}"
    return f"{host} is not an address of this machine: choose another with --host"


def _announce(services: Services, listener: socket.socket, rpc: RpcServer, say: Say) -> None:
    settings = services.settings
    http, grpc = url_of(listener), f"{settings.host}:{rpc.port}"
    if settings.ready_file is not None:
        facts = {"http": http, "grpc": grpc, "pid": os.getpid()}
        _write_whole(settings.ready_file, json.dumps(facts))
    log.info("ready", http=http, grpc=grpc, data=str(settings.data))
    say(f"Cardinal is at {http}")
    if settings.auth:
        say(f"Sign in once with {http}/signin?ticket={sign_in_ticket(services)}")


def sign_in_ticket(services: Services) -> str:
    """A one-time ticket that makes its bearer the owner."""
    return services.catalogue.tickets.create(
        OWNER, purpose="signin", now=services.clock.now(),
        life_s=services.settings.ticket_s, new_secret=services.new_secret,
    )  # fmt: skip


def url_of(listener: socket.socket) -> str:
    """Where a listening socket is reached over HTTP."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _write_whole(path: Path, text: str) -> None:
    """Nobody ever reads half of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _forget_ready(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)
