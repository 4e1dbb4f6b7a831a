"""How to cite a figure of this page: a BibTeX entry that names the pair, the run and the files."""

from __future__ import annotations

from contract.artifacts.manifest import Manifest
from contract.twins import TWINS

ADDRESS = "{address}"
"""Stands where the browser, which alone knows it, writes the page's address."""
TODAY = "{today}"
"""Stands where the browser writes the date."""


def bibtex(manifest: Manifest, figure: str = "") -> str:
    """The entry for the pair of `manifest`, or for the figure of that title."""
    training = manifest.training
    hashes = ", ".join(f"{name} {manifest.models[name].sha256[:12]}" for name in TWINS)
    recipe = str(training.recipe.get("name", "unnamed"))
    notes = [f"Figure: {_plain(figure)}"] if figure else []
    notes += [
        f"pair {manifest.version} (SHA-256: {hashes})",
        f"recipe {_plain(recipe)}, one run, seed {training.seed}",
    ]
    key = manifest.models[next(iter(TWINS))].sha256[:8]
    return (
        f"@misc{{twinlabel-{key},\n"
        "  author = {{The Twinlabel authors}},\n"
        "  title  = {Twinlabel: one {CIFAR-10} network trained with hard labels and with label "
        "smoothing},\n"
        f"  note   = {{{'; '.join(notes)}}},\n"
        f"  url    = {{{ADDRESS}}},\n"
        f"  urldate = {{{TODAY}}}\n"
        "}"
    )


def source(manifest: Manifest) -> str:
    """The source of a figure in one line, for its picture."""
    hashes = ", ".join(f"{name} {manifest.models[name].sha256[:8]}" for name in TWINS)
    return (
        f"Twinlabel, pair {manifest.version} (SHA-256: {hashes}); one run, seed "
        f"{manifest.training.seed}"
    )


def _plain(text: str) -> str:
    r"""Text without what BibTeX takes for its own, such as `%` and braces."""
    for special in "\\{}":
        text = text.replace(special, "")
    for special in "%&#_$":
        text = text.replace(special, f"\\{special}")
    return text
