"""The targets of the pair are measured on its files, and a miss is said."""

from __future__ import annotations

import pytest

from harness.paths import SAMPLE
from tests.conftest import Published
from tools import targets
from tools.targets import Line
from train.data.dataset import Cifar10
from train.export import published


def test_every_target_is_measured_on_the_files(tiny_pair: Published, sample: Cifar10) -> None:
    lines = list(targets.measured(tiny_pair.folder, SAMPLE, corrupted=20))
    by_what = {(line.what, line.model): line.measured for line in lines}
    _, files = published.read_pair(tiny_pair.folder)
    for name, content in files.items():
        logits, _ = published.run_onnx(content, sample.test.images.numpy())
        right = (logits.argmax(1) == sample.test.labels.numpy()).mean()
        assert by_what["accuracy on test pictures", name] == pytest.approx(100 * right)
        for what in targets.LEAST:
            assert 0 <= by_what[what, name] <= 100
    assert by_what["parameters", "hard"] < 0.1
    assert ("training on 2 cores", "both") in by_what


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line("accuracy", "hard", 94.2, 94.0, least=True), "met     accuracy, hard: 94.20 % ("),
        (Line("accuracy", "hard", 93.9, 94.0, least=True), "MISSED  accuracy, hard: 93.90 % ("),
        (
            Line("time", "both", 190, 180, least=False, unit="minutes"),
            "MISSED  time, both: 190.00",
        ),
        (
            Line("time", "both", 170, 180, least=False, unit="minutes"),
            "met     time, both: 170.00",
        ),
    ],
)
def test_a_line_says_whether_its_target_is_met(line: Line, text: str) -> None:
    assert str(line).startswith(text)


def test_a_miss_ends_with_status_1(
    tiny_pair: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--models", str(tiny_pair.folder), "--data-dir", str(SAMPLE), "--corrupted", "10"]
    monkeypatch.setattr("sys.argv", ["targets", *arguments])
    with pytest.raises(SystemExit) as ended:
        targets.main()
    assert ended.value.code == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("missed")
    assert int(last.split()[0]) >= len(targets.LEAST)
