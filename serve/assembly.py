"""Puts the parts of the server together: the models, the engine, their evidence, and REST."""

from __future__ import annotations

from starlette.applications import Starlette

from serve import cpus, decoding
from serve.http.metrics import Metrics
from serve.inference import evidence, runtime
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from serve.rest import application
from serve.settings import Settings


def create_rest(chosen: Settings, replica: str = "") -> tuple[Starlette, Comparer]:
    """REST with the pair of models that the settings name, and the comparer that it uses.

    `replica` is this process's name where it is one of several; its metrics then carry it. Raises
    `StartupError` if the pair or the device cannot be used.
    """
    quantised = chosen.pair_folder != chosen.models
    original = chosen.models if quantised else None
    threads = chosen.threads or cpus.available()
    decoding.use_threads(threads)
    pair = runtime.load(chosen.pair_folder, chosen.device, original)
    metrics = Metrics(replica)
    engine = Engine(pair, chosen.most_waiting, metrics.batch, threads)
    metrics.watch(
        lambda: engine.under_way,
        {
            "device": pair.device.kind,
            "provider": pair.device.provider,
            "precision": pair.precision,
        },
    )
    comparer = Comparer(engine, evidence.load(chosen.pair_folder, pair.manifest.model_hashes))
    return application.create(
        comparer, metrics, chosen.trust_proxy, origins=chosen.origins
    ), comparer
