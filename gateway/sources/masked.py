"""Settings as they may be shown: every password in them hidden."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "***"
SECRET_NAMES = frozenset({"password", "token", "secret"})


def masked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the password of each URL hidden, and whatever is named like one."""
    return {name: _masked(name, value) for name, value in settings.items()}


def _masked(name: str, value: Any) -> Any:
    if name in SECRET_NAMES and value is not None:
        return HIDDEN
    if isinstance(value, str) and "://" in value:
        return masked_url(value)
    return value


def masked_url(url: str) -> str:
    """The URL without its password, or nothing of it where it can't be read."""
    try:
        parts = urlsplit(url)
        secret = parts.password
    except ValueError:
        return HIDDEN
    hidden = parts.netloc
    if secret is not None:
        account, _, host = hidden.rpartition("@")
        hidden = f"{account.split(':', maxsplit=1)[0]}:{HIDDEN}@{host}"
    # A query may hold anything: libpq takes a password there, Redis too.
    return urlunsplit(parts._replace(netloc=hidden, query=HIDDEN if parts.query else ""))
