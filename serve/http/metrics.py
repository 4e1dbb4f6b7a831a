"""The metrics that `/metrics` shows to Prometheus: counts, times and sizes, nothing of pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder in which several processes of one server count.

prometheus_client reads it when it is imported, so it has to be set before the process starts."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PICTURES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The metrics of one server, in a registry of their own.

    Where the server is one of several processes that share `SHARED_FOLDER`, each of them shows the
    sums over all.

    If the server is one of several behind one address that share nothing, `replica` is its name,
    and every sample has it as a label: a scrape is answered by any of them, and their counts must
    not be mixed.
    """

    def __init__(self, replica: str = "") -> None:
        self._replica = replica
        self.registry = CollectorRegistry()
        self._shared_folder = os.environ.get(SHARED_FOLDER)
        self.note_under_way: Callable[[], None] = _nothing
        """To be called where the pictures under way have become fewer without a request."""
        self._requests = Counter(
            "twinlabel_requests",
            "Requests answered, by route and status.",
            ["route", "status"],
            registry=self.registry,
        )
        self._errors = Counter(
            "twinlabel_errors",
            "Requests answered with an error, by error code.",
            ["code"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "twinlabel_request_seconds",
            "Seconds from the headers of a request to the end of its answer.",
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
        # `labels` validates and takes a lock at each call, but always returns the same object.
        self._requests_of = cache(self._requests.labels)
        self._seconds_of = cache(self._seconds.labels)
        self._batches_of = cache(self._batches.labels)

    def watch(self, pictures_under_way: Callable[[], int], device: Mapping[str, str]) -> None:
        """Show the pictures under way, and the labels of the device.

        A single process is asked for its pictures at each scrape. One of several cannot be asked by
        the others, so it writes their number down whenever that has changed.
        """
        waiting = Gauge(
            "twinlabel_pictures_under_way",
            "Pictures handed to the models and not answered yet.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        if self._shared_folder:
            self.note_under_way = lambda: waiting.set(pictures_under_way())
        else:
            waiting.set_function(pictures_under_way)
        info = Gauge(
            "twinlabel_device_info",
            "Always 1. The labels tell where and how the models run.",
            list(device),
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        info.labels(**device).set(1)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests_of(route, status).inc()
        self._seconds_of(route).observe(seconds)
        self.note_under_way()

    def error(self, code: str) -> None:
        """Count one request that was answered with an error."""
        self._errors.labels(code).inc()

    def batch(self, model: str, pictures: int) -> None:
        """Count one run of a model on a batch of pictures."""
        self._batches_of(model).observe(pictures)
        self.note_under_way()

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus (`CONTENT_TYPE`)."""
        if self._shared_folder:
            all_processes = CollectorRegistry()
            MultiProcessCollector(all_processes, self._shared_folder)  # type: ignore[no-untyped-call]
            return generate_latest(all_processes)
        if self._replica:
            return generate_latest(_Labelled(self.registry, {"replica": self._replica}))
        return generate_latest(self.registry)


def _nothing() -> None:
    """What a process on its own notes down."""


class _Labelled(CollectorRegistry):
    """What `registry` holds, with further labels on each sample."""

    def __init__(self, registry: CollectorRegistry, labels: Mapping[str, str]) -> None:
        super().__init__()
        self._inner = registry
        self._labels = labels

    def collect(self) -> Iterator[Metric]:
        for metric in self._inner.collect():
            metric.samples = [
                sample._replace(labels={**sample.labels, **self._labels})
                for sample in metric.samples
            ]
            yield metric
