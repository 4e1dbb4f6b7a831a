from __future__ import annotations

from pathlib import Path

import pytest

from contract.artifacts import sweep
from contract.artifacts.sweep import SweepError
from tests.rows import ROW, grid


def test_a_table_is_read_as_it_was_written() -> None:
    rows = grid()
    again = sweep.from_csv(sweep.as_csv(rows))
    assert [row.key for row in again] == sorted(row.key for row in rows)
    assert sweep.as_csv(again) == sweep.as_csv(rows)
    assert again[0].accuracy == pytest.approx(rows[0].accuracy, rel=1e-5)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / sweep.FOLDER / "small.csv"
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SweepError, match=r"small\.csv cannot be used: its columns are not recipe"):
        sweep.read_rows(path)
    path.write_text(sweep.as_csv([ROW]).replace("0.93", "much"))
    with pytest.raises(SweepError, match=r"line 2 is not a run: .*much"):
        sweep.read_rows(path)


def test_one_unreadable_sweep_does_not_lose_the_others(tmp_path: Path) -> None:
    assert sweep.read(tmp_path) == sweep.Sweeps({}, ())
    folder = tmp_path / sweep.FOLDER
    folder.mkdir()
    (folder / "small.csv").write_text(sweep.as_csv(grid()))
    (folder / "classic.csv").write_text("a,b\n1,2\n")
    found = sweep.read(tmp_path)
    assert list(found.by_recipe) == ["small"]
    assert len(found.by_recipe["small"]) == len(grid())
    (problem,) = found.problems
    assert "classic.csv cannot be used: its columns are not" in problem
