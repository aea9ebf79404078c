"""Settings: environment below flags, dangerous pairs refused."""

from pathlib import Path

import pytest

from gateway.settings import Settings, is_loopback, read
from indexer.model.errors import BadShape


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the environment over the default."""
    monkeypatch.setenv("CARDINAL_PORT", "81")
    monkeypatch.setenv("CARDINAL_SHARD_BITS", "16")

    settings = read(port=82, host=None)

    assert [82, 16, "127.0.0.1"] == [settings.port, settings.shard_bits, settings.host]


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        ({"auth": False, "host": "0.0.0.0"}, "loopback"),
        ({"auth": False, "host": "example.test"}, "loopback"),
        ({"clock": "manual"}, "--no-auth"),
        ({"shard_bits": 23}, "shard_bits"),
        ({"shard_bits": 15}, "shard_bits"),
        ({"port": 70_000}, "port"),
        ({"clock": "sundial"}, "clock"),
    ],
)
def test_settings_that_do_not_work_are_refused_in_one_sentence(
    flags: dict[str, object], word: str
) -> None:
    """Which names the setting."""
    with pytest.raises(BadShape) as refused:
        read(**flags)

    assert word in refused.value.message
    assert "\n" not in refused.value.message


def test_settings_do_not_change() -> None:
    """They are read once."""
    settings = Settings(data=Path("x"))

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize(
    ("host", "answer"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
     ("localhost", True), ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.evil.test", False),
     ("", False)],
)  # fmt: skip
def test_loopback_is_this_machine_only(host: str, answer: bool) -> None:
    """By address, or by the one name that means it."""
    assert answer == is_loopback(host)


def test_every_setting_explains_itself() -> None:
    """Flags and the README's table show the sentence."""
    silent = [name for name, field in Settings.model_fields.items() if not field.description]

    assert [] == silent
