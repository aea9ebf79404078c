"""Compiled kernels are compiled anew when what they are made of changes."""

import hashlib
from pathlib import Path

from indexer.kernels import machine, run


def test_the_kernel_knows_the_operations_it_was_compiled_with() -> None:
    """Numba's disk cache looks at the file of a kernel only, so that file names the other one."""
    held = Path(machine.__file__).read_bytes()

    digest = hashlib.blake2b(held, digest_size=8).hexdigest()

    assert digest == run.MACHINE, "put the new digest into indexer/kernels/run.py"
