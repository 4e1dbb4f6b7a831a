"""The tab Evidence: its figures are the report's, and its files are the pair's."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.testclient import TestClient

from contract.artifacts import manifest, report, sweep
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.servers import Server
from serve.page.evidence import files
from tests.serve.page.conftest import needs_chromium, opened, show


@needs_chromium
def test_every_part_shows_the_reports_figures(page: Page) -> None:
    pair = manifest.read(COMMITTED)
    found, _ = report.read(COMMITTED, pair.model_hashes)
    show(page, "Evidence")
    measures = page.locator("#measures")
    test = found.splits["test"]
    for name in NAMES:
        model = test.models[name]
        expect(measures).to_contain_text(f"{model.accuracy.value:.2%}")
        expect(measures).to_contain_text(f"{model.scaled.metrics['ece_equal_mass'].value:.2%}")
        cells = page.locator(f"#confusion .tw-{name} .tw-word").all_text_contents()
        counts = [count for row in model.confusion for count in row if count]
        assert cells == [f"{count:,}" for count in counts]
    expect(page.locator("#classes svg.tw-chart").last).to_contain_text(CLASSES[0])
    panels = page.locator("#corruptions .tw-panels:visible svg")
    assert panels.locator(".tw-name").all_text_contents() == [
        f"{kind} (seen)" if kind in found.corruption_groups["seen"].kinds else kind
        for kind in found.corruptions
    ]
    page.get_by_text("confidence minus accuracy", exact=True).click()
    expect(page.locator("#corruptions .tw-panels:visible")).to_have_attribute("data-of", "gap")
    for recipe in sweep.read(COMMITTED).by_recipe:
        expect(page.locator(f"#sweep-{recipe} svg").first).to_be_visible()
    expect(page.locator("#outside")).to_contain_text(next(iter(found.outside)))
    run = page.locator("#evidence-run")
    expect(run).to_contain_text(f"seed {pair.training.seed}")
    for digest in pair.model_hashes.values():
        expect(run).to_contain_text(digest)
    expect(page.locator("#tw-bibtex")).to_contain_text(page.url.split("/?")[0])


@needs_chromium
def test_a_link_to_a_figure_brings_it_into_view(chromium: Browser, server: Server) -> None:
    page = opened(chromium, f"{server.url}/?tab=evidence#prediction-sets")
    expect(page.locator("#prediction-sets")).to_be_in_viewport()
    page.context.close()


def test_the_files_are_those_of_the_pair_and_no_others(server: Server) -> None:
    pair = manifest.read(COMMITTED)
    for name in NAMES:
        answer = httpx.get(f"{server.url}/files/{name}.onnx")
        assert hashlib.sha256(answer.content).hexdigest() == pair.models[name].sha256
        assert f'filename="{name}.onnx"' in answer.headers["content-disposition"]
    assert "trained pair" in httpx.get(f"{server.url}/files/README.md").text
    for path in (
        "x.onnx",
        "..%2Fapp.py",
        "%2e%2e/%2e%2e/app.py",
        "hard/2/model.onnx",
        "%2Fetc%2Fpasswd",
        "evidence",
        "",
    ):
        assert httpx.get(f"{server.url}/files/{path}").status_code == 404, path


@pytest.fixture
def client(tmp_path: Path) -> tuple[TestClient, Path]:
    """A server of one pair's files, in a folder that the test may spoil."""
    pair = manifest.read(COMMITTED)
    for name in NAMES:
        path = tmp_path / pair.models[name].path
        path.parent.mkdir(parents=True)
        shutil.copyfile(COMMITTED / pair.models[name].path, path)
    app = Starlette()
    files.add_route(app, files.offered(tmp_path, pair))
    return TestClient(app), tmp_path / pair.models["hard"].path


def test_a_model_that_was_replaced_is_not_given_out(client: tuple[TestClient, Path]) -> None:
    http, hard = client
    assert http.get("/files/hard.onnx").status_code == 200
    assert http.get("/files/README.md").status_code == 404  # this folder has none
    hard.write_bytes(b"another")
    answer = http.get("/files/hard.onnx")
    assert answer.status_code == 409
    assert "Restart the server" in answer.text
    hard.unlink()
    assert http.get("/files/hard.onnx").status_code == 404


@needs_chromium
def test_nothing_is_wider_than_a_phone(chromium: Browser, server: Server) -> None:
    page = opened(chromium, f"{server.url}/?tab=evidence", width=390)
    expect(page.locator("#evidence-run")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.locator("#evidence svg.tw-chart:visible text").evaluate_all(
        "texts => texts.map((text) => parseFloat(getComputedStyle(text).fontSize)"
        " * text.ownerSVGElement.getBoundingClientRect().width"
        " / text.ownerSVGElement.viewBox.baseVal.width)"
    )
    assert min(sizes) > 12.9
    page.context.close()


def test_words_stand_where_they_are_needed() -> None:
    from serve.page.evidence import measures

    found, _ = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    html = measures.html(found, manifest.read(COMMITTED))
    rows = re.findall(r'<th scope="row">(.*?)</th>', html)
    assert len(rows) == 1 + 2 * len(measures.MEASURES)
    assert all("<small>" in row for row in rows)
