"""`/v1/compare` and the routes beside it, on the real server with the committed pair."""

from __future__ import annotations

import base64
import re
from typing import Any

import httpx
import numpy as np
import pytest

from contract.artifacts import manifest
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness import reference
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import Server


def compare(server: Server, **request: Any) -> httpx.Response:
    return httpx.post(f"{server.url}/v1/compare", timeout=30, **request)


def check_shape(answer: dict[str, Any]) -> None:
    assert list(answer) == ["classes", "device", "pair", "time_ms", "results"]
    assert answer["classes"] == list(CLASSES)
    current = manifest.read(COMMITTED)
    assert answer["pair"] == {name: current.models[name].sha256 for name in NAMES}
    for result in answer["results"]:
        assert list(result) == [
            "name",
            "agree",
            "difference_pp",
            "error",
            "models",
            "unusual",
            "notes",
        ]


def test_a_raw_body_gets_both_models_answers(server: Server, test_pictures: Pictures) -> None:
    response = compare(server, content=as_png(test_pictures))
    assert response.status_code == 200
    answer = response.json()
    check_shape(answer)
    (result,) = answer["results"]
    assert result["name"] is result["error"] is None
    hard, smoothed = (result["models"][name] for name in NAMES)
    for model in (hard, smoothed):
        assert sum(model["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert model["confidence"] == max(model["probabilities"])
        assert CLASSES[int(np.argmax(model["probabilities"]))] == model["label"]
        assert model["temperature"] == 1.0
        worth = model["reliability"]
        assert worth["low"] < model["confidence"] <= worth["high"]
        assert worth["accuracy_low"] <= worth["accuracy"] <= worth["accuracy_high"]
        assert worth["n"] >= 50
    assert result["agree"] == (hard["label"] == smoothed["label"])
    gap = 100 * (hard["confidence"] - smoothed["confidence"])
    assert result["difference_pp"] == pytest.approx(gap, abs=1e-3)


def test_the_answers_are_the_committed_models(server: Server, test_pictures: Pictures) -> None:
    answer = compare(server, content=as_png(test_pictures, 7)).json()["results"][0]
    for name in NAMES:
        expected = reference.outputs(name, test_pictures[7:8])["probabilities"]
        served = np.array(answer["models"][name]["probabilities"])
        assert np.abs(served - expected[0]).max() < 1e-4


def test_several_files_in_one_form(server: Server, test_pictures: Pictures) -> None:
    files = [
        ("file", ("a.png", as_png(test_pictures, 0), "image/png")),
        ("file", ("no.txt", b"no picture", "text/plain")),
        ("file", ("<b>.png", as_png(test_pictures, 1), "image/png")),
    ]
    response = compare(server, files=files)
    assert response.status_code == 200
    check_shape(response.json())
    first, second, third = response.json()["results"]
    assert [r["name"] for r in (first, second, third)] == ["a.png", "no.txt", "<b>.png"]
    assert second["error"]["code"] == "unknown_format"
    assert second["models"] is None
    alone = compare(server, content=as_png(test_pictures, 1)).json()["results"][0]
    assert third["models"]["hard"]["label"] == alone["models"]["hard"]["label"]
    assert first["error"] is None


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"hello", 415, "unknown_format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), 422, "broken"),
        (bytes(20_000_001), 413, "too_large"),
    ],
)
def test_one_bad_picture_is_a_4xx(server: Server, content: bytes, status: int, code: str) -> None:
    for request in ({"content": content}, {"files": {"file": ("x", content)}}):
        response = compare(server, **request)
        assert response.status_code == status, response.text
        assert list(response.json()) == ["error"]
        assert response.json()["error"]["code"] == code
        assert len(response.json()["error"]["message"]) > 20


def test_cut_short_is_said(server: Server, test_pictures: Pictures) -> None:
    response = compare(server, content=as_png(test_pictures)[:200])
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "broken"


def test_wrong_forms(server: Server, test_pictures: Pictures) -> None:
    wrong_field = compare(server, files={"picture": ("a.png", as_png(test_pictures))})
    assert wrong_field.status_code == 400
    assert wrong_field.json()["error"]["code"] == "no_picture"
    too_many = compare(
        server, files=[("file", (f"{n}.png", as_png(test_pictures))) for n in range(65)]
    )
    assert too_many.status_code == 413
    assert too_many.json()["error"]["code"] == "too_many_pictures"
    no_form = compare(
        server, content=b"xxx", headers={"content-type": "multipart/form-data; boundary=y"}
    )
    assert no_form.status_code == 400
    assert list(no_form.json()) == ["error"]


def test_a_body_over_the_limit_is_refused_with_and_without_a_length(server: Server) -> None:
    megabyte = bytes(1_000_000)
    with httpx.Client(timeout=30) as client:
        for content in (megabyte * 65, (megabyte for _ in range(65))):
            try:
                response = client.post(f"{server.url}/v1/compare", content=content)
            except httpx.WriteError:
                continue  # the server answered and closed the connection before all was sent
            assert response.status_code == 413
            assert response.json()["error"]["code"] == "too_large"
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_elsewhere_and_otherwise(server: Server) -> None:
    missing = httpx.get(f"{server.url}/v1/nothing")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "not_found"
    method = httpx.get(f"{server.url}/v1/compare")
    assert method.status_code == 405
    assert method.json()["error"]["code"] == "method_not_allowed"


def test_an_unknown_parameter_is_refused(server: Server, test_pictures: Pictures) -> None:
    response = compare(server, content=as_png(test_pictures), params={"thard": "2"})
    assert response.status_code == 400
    assert "no parameter 'thard'; use t_hard, t_smoothed or coverage" in response.text
    assert response.json()["error"]["code"] == "unknown_parameter"


def test_health_tells_device_and_pair(server: Server) -> None:
    health = httpx.get(f"{server.url}/healthz").json()
    assert health["status"] == "ok"
    assert health["device"] in {"cpu", "cuda"}
    assert health["provider"].lower().startswith(health["device"])
    assert health["precision"] == "fp32"
    assert httpx.head(f"{server.url}/healthz").status_code == 200
    assert health["version"] == manifest.read(COMMITTED).version
    assert "device: " in server.printed()


def test_the_docs_ask_nobody_else(server: Server) -> None:
    page = httpx.get(f"{server.url}/docs").text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any("swagger-ui-bundle.js" in asset for asset in assets)
    for asset in assets:
        assert asset.startswith("/"), f"{asset} is not served from here"
        assert httpx.get(f"{server.url}{asset}").status_code == 200
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    assert {"/v1/compare", "/healthz"} <= set(paths)
    body = paths["/v1/compare"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/octet-stream", "multipart/form-data"}


def test_the_examples_of_the_documents_work(server: Server) -> None:
    document = httpx.get(f"{server.url}/openapi.json").json()
    classify = document["paths"]["/v1/models/{name}"]["post"]["requestBody"]
    example = classify["content"]["application/json"]["example"]
    scores = httpx.post(f"{server.url}/v1/models/hard", json=example)
    assert scores.status_code == 200
    assert len(scores.json()) == example["parameters"]["top_k"]
    compare = document["paths"]["/v1/compare"]["post"]["parameters"]
    asked = {parameter["name"]: parameter["example"] for parameter in compare}
    assert set(asked) == {"t_hard", "t_smoothed", "coverage"}
    answered = httpx.post(
        f"{server.url}/v1/compare", params=asked, content=base64.b64decode(example["inputs"])
    )
    assert answered.status_code == 200
    answer = document["components"]["schemas"]["ModelAnswer"]["properties"]
    for field in ("probabilities", "label", "confidence", "set"):
        assert answer[field]["examples"]
    whole = document["components"]["schemas"]["CompareAnswer"]["properties"]
    assert answered.json()["guarantee"] in whole["guarantee"]["examples"]
