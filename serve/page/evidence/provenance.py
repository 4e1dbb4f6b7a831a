"""Where the pair comes from: its run, its hashes, its files, and how to cite it."""

from __future__ import annotations

from html import escape

from contract.artifacts.manifest import Manifest
from contract.twins import TWINS
from serve.page.evidence.files import FOLDER, Download
from serve.page.figures import citation

_ORIGIN = '<span class="tw-origin"></span>'
"""Filled in by the browser, which alone knows the address that the visitor uses."""
_TODAY = '<span class="tw-today"></span>'
"""Filled in by the browser, which alone knows the visitor's date."""


def html(manifest: Manifest, files: list[Download]) -> str:
    """The run in a table, the files as links, and a BibTeX entry."""
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(manifest).items())
    links = "".join(
        f'<li><a data-file="{FOLDER}/{each.name}" href="{FOLDER}/{each.name}" download>'
        f"{escape(each.title)}</a></li>"
        for each in files
    )
    entry = escape(citation.bibtex(manifest)).replace(citation.ADDRESS, _ORIGIN)
    entry = entry.replace(citation.TODAY, _TODAY)
    return (
        f'<div class="tw-two"><dl class="tw-words tw-run">{rows}</dl>'
        f'<div><h3>Files</h3><ul class="tw-files">{links}</ul>'
        '<h3>Cite</h3><button type="button" data-copy="tw-bibtex">Copy</button>'
        f'<pre id="tw-bibtex">{entry}</pre></div></div>'
    )


def _facts(manifest: Manifest) -> dict[str, str]:
    training = manifest.training
    hashes = {
        f"SHA-256, {TWINS[name].legend}": f"<code>{manifest.models[name].sha256}</code>"
        for name in TWINS
    }
    first = manifest.models[next(iter(TWINS))]
    return {
        "Run": f"one run, seed {training.seed}: differences between runs are not in the intervals",
        "Recipe": f"{escape(str(training.recipe.get('name', 'unnamed')))}, "
        f"{training.recipe.get('epochs', '?')} epochs; both models alike but for ε "
        f"({' and '.join(f'{manifest.models[name].epsilon:g}' for name in TWINS)})",
        "Pictures": f"{training.train_pictures:,} to train, {training.validation_pictures:,} to "
        f"choose and to fit temperatures, {training.test_pictures:,} to test",
        "Network": f"{first.parameters:,} parameters, {first.flops / 1e9:.2f} GFLOP a picture",
        "Trained on": f"{escape(training.hardware)} ({escape(training.precision)}), "
        f"{training.seconds / 60:.0f} minutes for both",
        "Commit": f"<code>{escape(training.commit or 'unknown')}</code>",
        "Packages": escape(", ".join(f"{k} {v}" for k, v in training.packages.items())),
        **hashes,
        "SHA-256, data": f"<code>{training.data_sha256}</code>",
    }
