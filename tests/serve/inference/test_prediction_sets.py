"""`/v1/compare?coverage=`: prediction sets by REST."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from contract import calibration
from contract.artifacts import manifest, report
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness import reference
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import Server
from serve.http.metrics import Metrics
from serve.inference import evidence
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from serve.rest import application
from tests.serve.in_process import ask, pair

MANY = 40


def compare(server: Server, pictures: Pictures, **params: Any) -> list[dict[str, Any]]:
    files = [("file", (f"{n}.png", as_png(pictures, n), "image/png")) for n in range(MANY)]
    answer = httpx.post(f"{server.url}/v1/compare", files=files, params=params, timeout=60)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


@pytest.mark.parametrize("level", ["0.90", "0.95", "0.99"])
def test_each_set_is_of_the_reports_threshold(
    server: Server, test_pictures: Pictures, level: str
) -> None:
    """Worked out again from what ONNX Runtime alone answers."""
    found, _ = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    results = compare(server, test_pictures, coverage=level)
    sizes = set()
    for name in NAMES:
        threshold = found.prediction_sets[name][level].threshold
        p = calibration.softmax(reference.outputs(name, test_pictures[:MANY])["logits"])
        for row, result in zip(p, results, strict=True):
            ranked = sorted(range(10), key=lambda k: -row[k])
            said = result["models"][name]["set"]
            assert said == [CLASSES[k] for k in ranked if 1 - row[k] <= threshold]
            sizes.add(len(said))
    assert len(sizes) > 1


def test_larger_levels_never_take_a_class_away(server: Server, test_pictures: Pictures) -> None:
    by_level = [
        [result["models"][name]["set"] for result in compare(server, test_pictures, coverage=level)]
        for name in NAMES
        for level in ("0.9", "0.95", "0.99")
    ]
    for smallest, middle, largest in (by_level[:3], by_level[3:]):
        for few, more, most in zip(smallest, middle, largest, strict=True):
            assert more[: len(few)] == few
            assert most[: len(more)] == more


def test_the_answer_says_what_the_guarantee_is_for(server: Server, test_pictures: Pictures) -> None:
    url, content = f"{server.url}/v1/compare", as_png(test_pictures)
    answer = httpx.post(url, content=content, params={"coverage": "0.90"}).json()
    assert "at least 90%" in answer["guarantee"]
    assert "pictures like those of CIFAR-10" in answer["guarantee"]
    assert "Nothing is guaranteed for photographs" in answer["guarantee"]


def test_without_the_parameter_nothing_is_different(
    server: Server, test_pictures: Pictures
) -> None:
    url, content = f"{server.url}/v1/compare", as_png(test_pictures)
    plain, asked = (
        httpx.post(url, content=content, params=params).json()
        for params in ({}, {"coverage": "0.99"})
    )
    assert "guarantee" not in plain
    assert asked.pop("guarantee")
    for name in NAMES:
        assert "set" not in plain["results"][0]["models"][name]
        assert asked["results"][0]["models"][name].pop("set")
    for answer in (plain, asked):
        answer.pop("time_ms")
    assert asked == plain


def test_temperatures_change_no_set(server: Server, test_pictures: Pictures) -> None:
    """The thresholds are for T = 1, so the sets are too."""
    plain = compare(server, test_pictures, coverage=0.95)
    scaled = compare(server, test_pictures, coverage=0.95, t_hard=5, t_smoothed="fitted")
    for one, other in zip(plain, scaled, strict=True):
        for name in NAMES:
            assert other["models"][name]["set"] == one["models"][name]["set"]
            assert other["models"][name]["temperature"] != 1
            assert other["models"][name]["confidence"] != one["models"][name]["confidence"]


@pytest.mark.parametrize("text", ["95", "95%", "0.8", "1", "0", "-0.95", "nan", "inf", "", "high"])
def test_another_level_is_refused(server: Server, test_pictures: Pictures, text: str) -> None:
    answer = httpx.post(
        f"{server.url}/v1/compare", content=as_png(test_pictures), params={"coverage": text}
    )
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "bad_coverage"
    assert error["message"] == f"coverage={text!r} is not offered; use 0.90, 0.95 or 0.99"


@pytest.mark.parametrize("text", ["0.9", "0.90", ".9", "0.900"])
def test_a_level_may_be_written_as_any_number(
    server: Server, test_pictures: Pictures, text: str
) -> None:
    answer = httpx.post(
        f"{server.url}/v1/compare", content=as_png(test_pictures), params={"coverage": text}
    )
    assert "at least 90%" in answer.json()["guarantee"]


def rest_with(models: Path) -> Starlette:
    """REST on the committed pair, with the evidence in `models`."""
    found = evidence.load(models, pair().manifest.model_hashes)
    return application.create(Comparer(Engine(pair()), found), Metrics())


@pytest.mark.parametrize("kind", ["missing", "of another pair", "of an older format"])
def test_without_a_report_of_this_pair_the_error_says_so(
    kind: str, tmp_path: Path, test_pictures: Pictures
) -> None:
    if kind != "missing":
        shutil.copytree(COMMITTED / report.FOLDER, tmp_path / report.FOLDER)
        path = tmp_path / report.FOLDER / report.FILE
        document = json.loads(path.read_text(encoding="utf-8"))
        if kind == "of another pair":
            document["pair"]["hard"] = "0" * 64
        else:
            document["format"] = 2
        path.write_text(json.dumps(document), encoding="utf-8")
    app = rest_with(tmp_path)
    content = as_png(test_pictures)
    asked = ask(app, "POST", "/v1/compare?coverage=0.95", content=content)
    assert asked.status_code == 400
    assert asked.json()["error"]["code"] == "bad_coverage"
    for part in ("coverage=0.95: there are no prediction sets", "python -m train evaluate"):
        assert part in asked.json()["error"]["message"]
    assert ask(app, "POST", "/v1/compare", content=content).status_code == 200


def test_a_picture_that_cannot_be_read_has_no_set(test_pictures: Pictures) -> None:
    files = [
        ("file", ("no.txt", b"no picture", "text/plain")),
        ("file", ("a.png", as_png(test_pictures, 3), "image/png")),
    ]
    app = rest_with(COMMITTED)
    broken, whole = ask(app, "POST", "/v1/compare?coverage=0.99", files=files).json()["results"]
    assert broken["models"] is None
    assert np.all([whole["models"][name]["set"] for name in NAMES])
