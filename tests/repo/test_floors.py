"""Imports only go down, pure stays pure, and time, chance and settings come in as arguments."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.repo.sources import PACKAGES, ROOT, calls, imported, modules, short

PURE = ("indexer/model", "indexer/plan", "indexer/encoding", "evaluator/condition")
OUTSIDE_WORLD = {
    "asyncio", "fastapi", "google", "grpc", "httpx2", "io", "lmdb", "os", "pathlib", "pydantic",
    "random", "secrets", "shutil", "socket", "sqlite3", "starlette", "structlog", "subprocess",
    "sys", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
CLOCKS = {
    "date.today", "datetime.datetime.now", "datetime.now", "datetime.today", "datetime.utcnow",
    "time.monotonic", "time.perf_counter", "time.time", "time.time_ns",
}  # fmt: skip
CLOCK_MODULES = {"indexer/runtime/clock.py"}
CHANCE = {"random", "secrets", "uuid", "numpy.random"}
CHANCE_MODULES = {
    "gateway/compose.py",  # where the source of secrets is chosen
    "gateway/catalogue/secret.py",  # compares digests in constant time
}
SETTINGS_MODULES = {
    "gateway/settings.py",  # reads them once
    "gateway/ui/build.py",  # a build tool: hands its environment on to Node
}


def test_imports_only_go_down() -> None:
    """The floors are gateway → sync → evaluator → indexer; more contracts stand in pyproject."""
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)

    assert status == EXIT_STATUS_SUCCESS


def test_pure_modules_touch_nothing_outside() -> None:
    """No file, no socket, no clock, no chance, no log: values in, values out."""
    touching = [
        f"{short(path)} imports {name}"
        for path in modules(*PURE)
        for name in imported(path)
        if name.split(".")[0] in OUTSIDE_WORLD
    ]
    touching += [
        f"{short(path)}:{line} calls {name}"
        for path in modules(*PURE)
        for line, name in calls(path)
        if name in {"open", "print", "input"}
    ]

    assert [] == touching


def test_one_module_reads_the_clock() -> None:
    """Everything else is given a moment, so that tests choose it."""
    reading = [
        f"{short(path)}:{line} {name}"
        for path in modules(*PACKAGES)
        if short(path) not in CLOCK_MODULES
        for line, name in calls(path)
        if name in CLOCKS
    ]

    assert [] == reading


def test_chance_has_one_source() -> None:
    """Ids, tokens and jitter come from an argument, so that runs repeat."""
    rolling = [
        f"{short(path)} imports {name}"
        for path in modules(*PACKAGES)
        if short(path) not in CHANCE_MODULES
        for name in imported(path)
        if any(name == each or name.startswith(f"{each}.") for each in CHANCE)
    ]

    assert [] == rolling


def test_settings_are_read_in_one_place() -> None:
    """Parts are handed what they need; none looks into the environment."""
    looking = [
        f"{short(path)} imports os.{name}"
        for path in modules(*PACKAGES)
        if short(path) not in SETTINGS_MODULES
        for name in ("environ", "getenv", "environb")
        if f"os.{name}" in path.read_text()
    ]

    assert [] == looking


def test_only_an_edge_speaks_its_format() -> None:
    """Protobuf in ``*/rpc``, SQL in the catalogue, web frameworks in the gateway."""
    edges = {
        "google.protobuf": ("indexer/rpc", "evaluator/rpc", "indexer/runtime/grpc.py"),
        "grpc": ("indexer/rpc", "evaluator/rpc", "indexer/runtime/grpc.py", "gateway/compose.py"),
        "psycopg2": ("gateway/sources/postgres",),
        "sqlite3": ("gateway/catalogue", "gateway/sources/sqlite", "gateway/d1"),
        "lmdb": ("indexer/store",),
        "fastapi": ("gateway",),
        "starlette": ("gateway",),
        "pydantic": ("gateway",),
    }

    straying = [
        f"{short(path)} imports {name}"
        for path in modules(*PACKAGES)
        for name in imported(path)
        for owner, homes in edges.items()
        if (name == owner or name.startswith(f"{owner}.")) and not short(path).startswith(homes)
    ]

    assert [] == straying
