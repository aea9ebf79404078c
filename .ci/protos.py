"""Writes the Python of every wire contract: proto/X/rpc/Y.proto becomes X/rpc/Y_pb2.py and its kin.

The proto tree mirrors the packages, so protoc emits correct absolute imports and nothing needs
repair. Knows no single contract by name. Used by `make proto` and by the test that compares.
"""

import argparse
import shutil
import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "proto"
PLUGINS = ("protoc-gen-mypy", "protoc-gen-mypy_grpc")


def generate(into: Path) -> list[str]:
    """Write messages, services and their stubs below ``into``; gives the contracts it read.

    Raises: SystemExit if protoc refuses a contract; it has said why by then.
    """
    contracts = sorted(str(path.relative_to(CONTRACTS)) for path in CONTRACTS.rglob("*.proto"))
    arguments = [
        "protoc",
        f"--proto_path={CONTRACTS}",
        f"--proto_path={files('grpc_tools') / '_proto'}",
        *(f"--plugin={name}={_program(name)}" for name in PLUGINS),
        f"--python_out={into}",
        f"--grpc_python_out={into}",
        f"--mypy_out=quiet:{into}",
        f"--mypy_grpc_out=quiet:{into}",
        *contracts,
    ]
    if status := protoc.main(arguments):
        raise SystemExit(status)
    return contracts


def _program(name: str) -> str:
    """The plugin beside this Python; PATH need not know it."""
    path = Path(sys.executable).with_name(name)
    found = str(path) if path.exists() else shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is missing: run `make proto`, which installs it")
    return found


def main() -> None:
    """Generate into the checkout, or below ``--into``."""
    parser = argparse.ArgumentParser(description="Write the Python of every wire contract.")
    parser.add_argument("--into", type=Path, default=ROOT, help="folder to write below")
    into: Path = parser.parse_args().into
    for contract in generate(into.resolve()):
        print(f"generated {contract}")


if __name__ == "__main__":
    main()
