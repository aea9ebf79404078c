"""What Prometheus reads. Labels are bounded: routes by their pattern, never by what was asked."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.imports.progress import State

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE = "none"


class Metrics:
    """The gateway's figures, in the registry it is given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._requests = Counter(
            "cardinal_requests", "Requests answered", ("route", "method", "status"),
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "cardinal_request_seconds", "Time to answer", ("route",),
            registry=registry, buckets=SECONDS,
        )  # fmt: skip
        self.previews = Counter(
            "cardinal_previews", "Live previews answered", ("outcome",), registry=registry
        )
        self.sockets = Gauge("cardinal_sockets", "Open live sockets", registry=registry)
        self._imports = Counter("cardinal_imports", "Imports ended", ("state",), registry=registry)

    def answered(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request. ``route`` is a pattern or ``NO_ROUTE``."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def import_ended(self, state: State) -> None:
        """Count one import by how it ended."""
        self._imports.labels(state.value).inc()

    def text(self) -> bytes:
        """Everything in the registry, in Prometheus' text format. Tens of ms: not in the loop."""
        return generate_latest(self._registry)
