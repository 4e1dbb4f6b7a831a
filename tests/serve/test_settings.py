from __future__ import annotations

import threading
from collections import Counter

import pytest

from contract.twins import NAMES
from serve import assembly, settings
from serve.errors import StartupError


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "TWINLABEL_HOST", "TWINLABEL_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    chosen = settings.from_environment()
    assert (chosen.host, chosen.port, chosen.device) == ("127.0.0.1", 7860, "auto")


def test_what_a_space_sets_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLABEL_HOST", "10.0.0.1")
    monkeypatch.setenv("TWINLABEL_PORT", "1000")
    assert settings.from_environment().port == 1000
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7861")
    chosen = settings.from_environment()
    assert (chosen.host, chosen.port) == ("0.0.0.0", 7861)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWINLABEL_PORT", "99999"),
        ("TWINLABEL_DEVICE", "tpu"),
        ("GRADIO_SERVER_PORT", "x"),
        ("TWINLABEL_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError, match=f"{name} is '{value}'"):
        settings.from_environment()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TWINLABEL_PROT", "did you mean TWINLABEL_PORT"),
        ("TWINLABEL_COLOUR", "the settings are TWINLABEL_HOST, TWINLABEL_PORT"),
    ],
)
def test_an_unknown_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setenv(name, "7000")
    with pytest.raises(StartupError, match=f"{name} is not a setting of Twinlabel; {said}"):
        settings.from_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [("TWINLABEL_THREADS", "0"), ("TWINLABEL_ROOT_PATH", "twin"), ("TWINLABEL_ROOT_PATH", "/a b")],
)
def test_values_out_of_range_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError, match=f"{name} is '{value}'"):
        settings.from_environment()


def test_threads_are_for_both_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each model gets half of them, and no session has more of its own."""
    monkeypatch.setenv("TWINLABEL_THREADS", "6")
    monkeypatch.setenv("TWINLABEL_DEVICE", "cpu")
    before = set(threading.enumerate())
    _, comparer = assembly.create_rest(settings.from_environment())
    try:
        started = Counter(t.name for t in threading.enumerate() if t not in before)
        assert [started[f"twin-{name}"] for name in NAMES] == [3, 3]
        options = [s.get_session_options() for s in comparer.pair.sessions.values()]
        assert [each.intra_op_num_threads for each in options] == [1, 1]
    finally:
        comparer.engine.close()
