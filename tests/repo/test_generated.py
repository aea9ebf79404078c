"""What a tool wrote is what the tool writes now, and what people ship is whole."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.repo.sources import PACKAGES, ROOT

SUFFIXES = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")
MARK = "linguist-generated"


def test_the_code_of_wire_contracts_is_fresh(tmp_path: Path) -> None:
    """``make proto`` after every change in proto/."""
    run(".ci/protos.py", "--into", str(tmp_path))
    fresh = {p.relative_to(tmp_path): p.read_text() for p in tmp_path.rglob("*") if p.is_file()}

    kept = {
        path.relative_to(ROOT): path.read_text()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.name.endswith(SUFFIXES)
    }

    assert fresh.keys() == kept.keys()
    assert [] == [str(path) for path in fresh if fresh[path] != kept[path]]


def test_a_wire_contract_stands_where_its_code_goes() -> None:
    """proto/X/rpc/Y.proto becomes X/rpc/Y_pb2.py, so imports need no repair."""
    contracts = [path.relative_to(ROOT / "proto") for path in (ROOT / "proto").rglob("*.proto")]

    strays = [str(path) for path in contracts if path.parts[0] not in PACKAGES]
    strays += [str(path) for path in contracts if path.parts[1:-1] != ("rpc",)]

    assert contracts
    assert [] == strays


def test_generated_code_is_marked() -> None:
    """Reviews fold it away."""
    attributes = (ROOT / ".gitattributes").read_text().splitlines()

    unmarked = [s for s in SUFFIXES if not any(s in a and MARK in a for a in attributes)]

    assert [] == unmarked


def test_the_tables_of_the_readme_are_fresh() -> None:
    """Every operator, route, verb and setting stands in it: ``make docs``."""
    run(".ci/papers.py", "--check")


def test_the_file_of_the_api_is_fresh() -> None:
    """The web UI takes its types from it: ``make openapi``."""
    kept = (ROOT / "gateway" / "ui" / "openapi.json").read_text("utf-8")

    fresh = run("-m", "gateway.openapi")

    assert fresh == kept


def test_a_wheel_has_the_web_ui_in_it(tmp_path: Path) -> None:
    """And neither its sources nor anybody's packages."""
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")

    names = zipfile.ZipFile(wheel).namelist()

    assert "gateway/ui/dist/index.html" in names
    assert any(n.startswith("gateway/ui/dist/assets/") and n.endswith(".js") for n in names)
    assert any(name.startswith("gateway/catalogue/migrations/") for name in names)
    assert [] == [n for n in names if "node_modules" in n or n.endswith((".ts", ".tsx"))]
    assert {*PACKAGES, wheel.name.rsplit("-py3")[0] + ".dist-info"} == {
        name.split("/")[0] for name in names
    }


def run(*words: str) -> str:
    """What Python prints, run in the checkout; what it complains of belongs to the failure."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
