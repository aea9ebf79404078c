"""Bugs that a store of snapshots may have, planted one at a time: damage finds each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.store import generations, manifest, places
from tests.indexer.store.mutations import (
    Damage,
    flipped_head,
    of_another_generation,
    outcomes,
    pointed_otherwise,
)

MUTATIONS = 400

Bug = Callable[[pytest.MonkeyPatch], None]


class Anything(str):
    """Equal to all."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False


def digest_not_checked(patch: pytest.MonkeyPatch) -> None:
    """What a blob says of itself does not cover LMDB's own pages."""
    patch.setattr(manifest, "digest_of", lambda _: Anything())


def number_not_checked(patch: pytest.MonkeyPatch) -> None:
    """A generation under another one's name."""
    patch.setattr(manifest, "folder_name", lambda _: Anything())


def pointer_believed(patch: pytest.MonkeyPatch) -> None:
    """The generation that CURRENT names, also where it is stale."""

    def named_last(home: Path) -> list[Path]:
        named = places.named_current(home)
        return sorted(places.generations_in(home), key=lambda path: path.name == named)

    patch.setattr(generations, "generations_in", named_last)


@pytest.mark.parametrize(
    ("bug", "damage"),
    [
        (digest_not_checked, flipped_head),
        (number_not_checked, of_another_generation),
        (pointer_believed, pointed_otherwise),
    ],
)
def test_a_planted_bug_is_caught(
    bug: Bug, damage: Damage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without it nothing is."""
    list(outcomes(tmp_path / "well", 1, MUTATIONS, [damage]))
    bug(monkeypatch)

    with pytest.raises(AssertionError):
        list(outcomes(tmp_path / "ill", 1, MUTATIONS, [damage]))
