"""Metrics of one server among several."""

from __future__ import annotations

from serve.http.metrics import Metrics


def samples(metrics: Metrics) -> list[str]:
    return [line for line in metrics.text().decode().splitlines() if not line.startswith("#")]


def test_every_sample_names_the_replica() -> None:
    metrics = Metrics("a1")
    metrics.request("/v1/compare", 200, 0.003)
    metrics.watch(lambda: 7, {"device": "cpu"})
    for _ in range(2):
        assert all('replica="a1"' in line for line in samples(metrics))
        assert 'twinlabel_pictures_under_way{replica="a1"} 7.0' in samples(metrics)
        assert (
            'twinlabel_requests_total{replica="a1",route="/v1/compare",status="200"} 1.0'
            in samples(metrics)
        )


def test_a_server_alone_has_no_name() -> None:
    metrics = Metrics()
    metrics.request("/v1/compare", 200, 0.003)
    assert samples(metrics)
    assert not any("replica" in line for line in samples(metrics))
