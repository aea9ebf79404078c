"""Every kind of change stream, by the word for it."""

from collections.abc import Mapping

from gateway.sources.api import Kind
from gateway.sources.debezium.kind import Debezium

KINDS: Mapping[str, Kind] = {"debezium": Debezium()}
