"""WebGPU, tried with Chromium's software adapter, and the one line where it cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from contract.twins import NAMES
from harness.environment import clean_environment
from harness.paths import COMMITTED, ROOT
from harness.pictures import Pictures, as_png, of_the_gallery
from harness.servers import BINARY, REST, WITH_PAGE, Server, running
from harness.vulkan import ALLOWED, software_adapter
from tests.conftest import Published

ADAPTER = software_adapter()
needs_adapter = pytest.mark.skipif(
    ADAPTER is None, reason="WebGPU needs a Chromium and libvulkan.so.1 here (apt: libvulkan1)"
)
WEBGPU = {"TWINLABEL_DEVICE": "webgpu"}
NOWHERE = {"VK_ICD_FILENAMES": "/nowhere/icd.json", "VK_DRIVER_FILES": "/nowhere/icd.json"}


@pytest.fixture(scope="module")
def webgpu(tmp_path_factory: pytest.TempPathFactory, tiny_pair: Published) -> Iterator[Server]:
    """The whole application with the tiny pair, whose shaders are built in seconds."""
    assert ADAPTER is not None
    log = tmp_path_factory.mktemp("webgpu") / "log"
    environment = {**ADAPTER, **WEBGPU, "TWINLABEL_MODELS": str(tiny_pair.folder)}
    with running(WITH_PAGE, log=log, picture=None, **environment) as server:
        yield server


@needs_adapter
def test_the_whole_application_runs_on_it_and_says_so(webgpu: Server) -> None:
    health = httpx.get(f"{webgpu.url}/healthz").json()
    assert (health["device"], health["provider"]) == ("webgpu", "WebGpuExecutionProvider")
    assert health["device_note"] == (
        "a software adapter of WebGPU was allowed with ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER"
    )
    assert "device: webgpu (WebGpuExecutionProvider): a software adapter" in webgpu.printed()
    page = httpx.get(f"{webgpu.url}/config").json()
    assert "Running on software · WebGPU" in json.dumps(page, ensure_ascii=False)


COMPARE = """
import sys
from pathlib import Path
import numpy as np
from contract.twins import NAMES
from serve.inference import runtime
images = np.load(sys.argv[1])
pairs = [runtime.load(Path(sys.argv[2]), device) for device in ("webgpu", "cpu")]
assert [pair.device.kind for pair in pairs] == ["webgpu", "cpu"]
for name in NAMES:
    ours, theirs = (pair.infer(name, images)["probabilities"] for pair in pairs)
    print(name, np.abs(ours - theirs).max(), len(np.unique(theirs.argmax(1))))
"""


@needs_adapter
def test_both_published_twins_answer_as_on_the_cpu(test_pictures: Pictures, tmp_path: Path) -> None:
    """16 pictures, in a process of its own: the plugin sees its environment once."""
    assert ADAPTER is not None
    np.save(tmp_path / "images.npy", test_pictures[:16])
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, str(tmp_path / "images.npy"), str(COMMITTED)],
        cwd=ROOT,
        env={**clean_environment(), **ADAPTER},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [name for name, _, _ in rows] == list(NAMES)
    for _, difference, answers in rows:
        assert float(difference) <= 1e-4
        assert int(answers) > 4  # different pictures, different answers


@needs_adapter
def test_it_answers_by_rest(webgpu: Server, test_pictures: Pictures) -> None:
    answer = httpx.post(
        f"{webgpu.url}/v1/compare", content=as_png(test_pictures), headers=BINARY, timeout=120
    )
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["device"] == "webgpu"
    for name in NAMES:
        assert sum(document["results"][0]["models"][name]["probabilities"]) == pytest.approx(1)


@needs_adapter
def test_the_page_answers_on_it(webgpu: Server, tmp_path: Path) -> None:
    from gradio_client import Client, handle_file

    path = tmp_path / "a.png"
    path.write_bytes(of_the_gallery(1)[0])
    document = Client(webgpu.url, verbose=False).predict(
        handle_file(str(path)), api_name="/compare"
    )
    assert document["device"] == "webgpu"
    assert document["results"][0]["models"]["hard"]["confidence"] > 0.1


def refused(pair: Published, before: tuple[str, ...], **environment: str) -> str:
    """What the server prints, if it ends with one line instead of starting."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "serve"],
        cwd=ROOT,
        env={
            **clean_environment(),
            **WEBGPU,
            "TWINLABEL_MODELS": str(pair.folder),
            "TWINLABEL_PORT": "0",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


needs_vulkan = pytest.mark.skipif(
    sys.platform != "linux" or ADAPTER is None, reason="libvulkan.so.1 is not here"
)


@needs_vulkan
def test_without_an_adapter_it_does_not_start(tiny_pair: Published) -> None:
    assert refused(tiny_pair, (), **NOWHERE) == (
        "twinlabel: TWINLABEL_DEVICE=webgpu, but no GPU was found that WebGPU can use; correct "
        "that, or set TWINLABEL_DEVICE=auto"
    )


@needs_vulkan
def test_an_adapter_that_is_lost_at_the_start_is_no_silent_cpu(tiny_pair: Published) -> None:
    """The plugin names an adapter, and its session then runs on the CPU without a word."""
    assert "ONNX Runtime could not start the adapter, and went on with the CPU" in refused(
        tiny_pair, (), **ALLOWED, **NOWHERE
    )


@pytest.mark.skipif(
    sys.platform != "linux" or ADAPTER is None or os.geteuid() != 0,
    reason="only root can hide libvulkan.so.1, in a mount namespace",
)
def test_without_vulkans_loader_it_names_the_package(tiny_pair: Published) -> None:
    hide = (
        "for file in $(ldconfig -p | grep -o '/.*/libvulkan.so.1'); do "
        'mount --bind /dev/null "$(readlink -f "$file")" || exit 9; done; exec "$@"'
    )
    unshared = ("unshare", "-m", "sh", "-c", hide, "sh")
    if subprocess.run([*unshared, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace can be made here")
    assert "libvulkan.so.1 is missing (on Debian and Ubuntu: apt install libvulkan1)" in refused(
        tiny_pair, unshared
    )


@needs_adapter
def test_auto_takes_no_software_adapter(tiny_pair: Published, test_pictures: Pictures) -> None:
    assert ADAPTER is not None
    environment = {**ADAPTER, "TWINLABEL_MODELS": str(tiny_pair.folder)}
    with running(REST, log=None, picture=as_png(test_pictures), **environment) as server:
        health = httpx.get(f"{server.url}/healthz").json()
    if health["device"] == "cuda":
        pytest.skip("there is a GPU here")
    assert health["device"] == "cpu"
    assert "CUDA is not used: " in health["device_note"]
    assert "WebGPU is not used: no GPU was found that WebGPU can use" in health["device_note"]
