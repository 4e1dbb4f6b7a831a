from __future__ import annotations

import logging
import shutil
from pathlib import Path

import httpx
import numpy as np
import pytest

from contract import calibration
from contract.artifacts import report
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.pictures import Pictures, as_png
from harness.servers import WITH_PAGE, running
from serve.inference import evidence
from serve.inference.compare import Comparer
from serve.inference.engine import Engine
from serve.inference.evidence import Evidence
from tests.conftest import Published
from tests.serve.in_process import pair


def test_rest_says_how_often_such_a_confidence_was_right(
    evaluated_pair: Published, test_pictures: Pictures, tmp_path: Path
) -> None:
    with running(
        WITH_PAGE, log=tmp_path / "log", TWINLABEL_MODELS=str(evaluated_pair.folder)
    ) as server:
        done = httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures))
    (result,) = done.json()["results"]
    _, stored = report.read(evaluated_pair.folder, evaluated_pair.manifest.model_hashes)
    for name in NAMES:
        answer = result["models"][name]
        worth = answer["reliability"]
        assert worth["low"] < answer["confidence"] <= worth["high"]
        p = calibration.softmax(stored[f"test_{name}"])
        sure, correct = calibration.confidence(p, stored["test_labels"].astype(int))
        inside = (sure > worth["low"]) & (sure <= worth["high"])
        assert worth["n"] == inside.sum() >= 50
        assert worth["accuracy"] == pytest.approx(correct[inside].mean())
        assert worth["accuracy_low"] < worth["accuracy"] < worth["accuracy_high"]


def test_evidence_of_another_pair_is_not_used(
    evaluated_pair: Published, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert evidence.load(evaluated_pair.folder, {"hard": "1", "smoothed": "2"}) == Evidence()
    assert "about another pair" in caplog.text


def test_the_warning_comes_as_often_as_the_report_says() -> None:
    """Of the validation and test pictures of the committed pair, by the server's own rule."""
    made, stored = report.read(COMMITTED, pair().manifest.model_hashes)
    known = made.unlike_the_data
    engine = Engine(pair())
    comparer = Comparer(engine, evidence.load(COMMITTED, pair().manifest.model_hashes))
    for split, share in (("validation", known.validation), ("test", known.test)):
        logits = {name: stored[f"{split}_{name}"] for name in NAMES}
        outputs = {
            name: {"logits": z, "probabilities": calibration.softmax(z).astype(np.float32)}
            for name, z in logits.items()
        }
        found = comparer.judge(outputs, {})
        warned = [comparison for comparison in found if comparison.unusual]
        assert len(warned) / len(found) == pytest.approx(share, abs=1e-6)
        assert all(comparison.warned == known for comparison in warned)
        assert all(c.unusual is False and c.warned is None for c in found if not c.unusual)
    engine.close()
    assert Comparer(engine).judge(outputs, {})[0].unusual is None


def test_missing_and_spoilt_evidence_leave_the_answers_without(
    evaluated_pair: Published, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert evidence.load(tmp_path, evaluated_pair.manifest.model_hashes) == Evidence()
    assert "python -m train evaluate" in caplog.text
    shutil.copytree(evaluated_pair.folder / report.FOLDER, tmp_path / report.FOLDER)
    assert set(evidence.load(tmp_path, evaluated_pair.manifest.model_hashes).lookups) == set(NAMES)
    (tmp_path / report.FOLDER / report.LOGITS).write_bytes(b"other")
    assert evidence.load(tmp_path, evaluated_pair.manifest.model_hashes) == Evidence()
    assert "is not the file that the report was made from" in caplog.text
