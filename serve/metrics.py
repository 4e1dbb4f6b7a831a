"""What `/metrics` shows, in Prometheus's names: counts, times and sizes; no picture content."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from serve.engine import Engine

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PICTURES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """One server's figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "twinlabel_requests",
            "Answered requests, by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self._errors = Counter(
            "twinlabel_errors",
            "Requests answered with an error, by its code.",
            ["code"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "twinlabel_request_seconds",
            "From a request's headers to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._batches = Histogram(
            "twinlabel_batch_pictures",
            "Pictures in one run of a model.",
            ["model"],
            buckets=_PICTURES,
            registry=self.registry,
        )
        # `labels` checks and locks at each call; what it gives stays the same.
        self._requests_of = cache(self._requests.labels)
        self._seconds_of = cache(self._seconds.labels)
        self._batches_of = cache(self._batches.labels)

    def watch(self, engine: Engine) -> None:
        """Show an engine's queue and device."""
        waiting = Gauge(
            "twinlabel_pictures_under_way",
            "Pictures that were brought to the models and are not answered yet.",
            registry=self.registry,
        )
        waiting.set_function(lambda: engine.under_way)
        device = Gauge(
            "twinlabel_device_info",
            "Always 1; its labels say where and how the models run.",
            ["device", "provider", "precision"],
            registry=self.registry,
        )
        pair = engine.pair
        device.labels(pair.device.kind, pair.device.provider, pair.precision).set(1)

    def request(self, route: str, status: int, seconds: float) -> None:
        self._requests_of(route, status).inc()
        self._seconds_of(route).observe(seconds)

    def error(self, code: str) -> None:
        self._errors.labels(code).inc()

    def batch(self, model: str, pictures: int) -> None:
        self._batches_of(model).observe(pictures)

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)
