"""What stands around the tabs: the header, and the footer with the glossary and API examples."""

from __future__ import annotations

from html import escape

from contract.cifar10 import CLASSES
from contract.twins import HARD, SMOOTHED
from serve.inference.providers import Device
from serve.inference.runtime import Precision

_HEADER = """
<header class="tw-header"><h1>One network, trained twice.
<em>Which one should you believe?</em></h1><p><strong>Twinlabel</strong> {badge}</p>
<a class="tw-present" href="?present=1">Present</a></header>
"""
_FOOTER = """
<footer class="tw-footer">
<p><strong>Whatever you show the models, they answer with one of ten classes</strong> ({classes}),
even if it is a face or a chair. They see 32 × 32 pixels and were trained on CIFAR-10; this is a
demonstration. Your pictures are not kept, and a link to this page never contains one that you
uploaded.</p>
<details><summary><strong>Glossary</strong></summary><dl class="tw-words">{words}</dl>
</details>
<details><summary><strong>Use it by API</strong></summary>
<button type="button" data-copy="tw-curl">Copy</button><pre id="tw-curl">{curl}</pre>
<button type="button" data-copy="tw-python">Copy</button><pre id="tw-python">{python}</pre>
<p>The <a class="tw-docs" href="docs">API documentation</a> describes every request and answer. The
server also offers the Open Inference Protocol under <code>/v2</code>, and Hugging Face's image
classification under <code>/v1/models/{name}</code>.</p></details>
</footer>
"""
_GLOSSARY = {
    HARD.title: "The training target is 100% for the true class and 0% for the others.",
    SMOOTHED.title: "A share ε of the training target is spread evenly over all classes.",
    "Confidence": "The probability that a model gives to its answer: the largest of the ten "
    "softmax outputs.",
    "Logits, temperature T": "Logits are a model's raw scores. All of them are divided by the "
    "temperature T before softmax turns them into probabilities, which leaves the order of the "
    "classes unchanged.",
    "Fitted T": "The temperature at which the validation pictures get the lowest NLL.",
    "Calibrated": "A calibrated model is right on 80% of the pictures on which its confidence is "
    "80%, and so on for every confidence.",
    "ECE": "Expected calibration error: the pictures are divided by confidence into 15 bins of "
    "equal width, and the distances between mean confidence and accuracy in the bins are averaged, "
    "weighted by the number of pictures. 0% is perfect.",
    "Equal-mass ECE": "The same with 15 bins of equally many pictures, so that the many pictures "
    "of high confidence do not all fall into one bin.",
    "Floor": "The ECE that a perfectly calibrated model with the same confidences would score on "
    "average; it is above 0% because the accuracy in a bin varies by chance.",
    "NLL": "Negative log-likelihood: the average of -log of the probability given to the true "
    "class, in nats. Lower is better.",
    "Coverage, error rate": "Coverage is the share of pictures that a model answers when it may "
    "abstain from the others. The error rate is the share of wrong answers among those it gives.",
    "pp": "Percentage points: from 80% to 82% is 2 pp.",
    "95% interval": "A range computed so that in 95% of repeated measurements it contains the true "
    "value.",
}
_ORIGIN = '<span class="tw-origin"></span>'
"""Filled in by the browser, which alone knows the address that the visitor uses."""
_CURL = f"curl --data-binary @photo.jpg {_ORIGIN}/v1/compare"
_PYTHON = f"""import httpx

photo = open("photo.jpg", "rb").read()
answer = httpx.post("{_ORIGIN}/v1/compare", content=photo).json()
for name, model in answer["results"][0]["models"].items():
    print(name, model["label"], model["confidence"])"""


def header(device: Device, precision: Precision) -> str:
    """The name of the page, its question, and where the models run."""
    return _HEADER.format(badge=_badge(device, precision))


def footer() -> str:
    """What the models cannot do, the glossary, and how to use the API."""
    words = "".join(f"<dt>{word}</dt><dd>{meaning}</dd>" for word, meaning in _GLOSSARY.items())
    return _FOOTER.format(
        classes=", ".join(CLASSES), words=words, curl=_CURL, python=_PYTHON, name=HARD.name
    )


def _badge(device: Device, precision: Precision) -> str:
    """Where and at what precision the models run, as reported by the live sessions."""
    label = device.label
    if precision != "fp32":
        label += f" · {precision.upper()}"
    return (
        f'<span class="tw-badge tw-{device.kind}" title="{escape(device.note)}">'
        f"Running on {label}</span>"
    )
