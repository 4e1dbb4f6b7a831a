"""The forms in which people's clients send a picture, each answered or refused by name."""

from __future__ import annotations

import base64
import gzip
import io
import shutil
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.types import ASGIApp

from contract.pictures import decoder
from harness.pictures import Pictures, as_png
from harness.servers import REST, Server, running
from tests.conftest import Published
from tests.serve.in_process import ask, rest

JSON = {"content-type": "application/json"}


@cache
def app() -> ASGIApp:
    return rest()


def scores(inputs: str) -> httpx.Response:
    return ask(app(), "POST", "/v1/models/hard", json={"inputs": inputs})


def label(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    found: str = response.json()[0]["label"]
    return found


def as_jpeg(pictures: Pictures, index: int = 0) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(pictures[index]).save(packed, "JPEG", quality=95)
    return packed.getvalue()


def test_base64_in_every_common_form(test_pictures: Pictures) -> None:
    content = as_png(test_pictures, 3)
    plain = base64.b64encode(content).decode()
    expected = label(scores(plain))
    for form in (
        base64.encodebytes(content).decode(),  # lines of 76, as MIME and `base64` print it
        plain.replace("\n", "") + "\r\n",
        f"data:image/png;base64,{plain}",
        f"data:;base64,{plain}",
        base64.urlsafe_b64encode(content).decode(),
        plain.rstrip("="),
    ):
        assert label(scores(form)) == expected


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ("https://example.org/cat.jpg", "inputs is a URL (https:), and a URL is not opened"),
        ("file:///etc/hostname", "inputs is a URL (file:)"),
        ("data:image/png,%89PNG", "without ';base64,'"),
        ("!!!", "inputs is not base64"),
        ("AAAAA", "inputs is not base64"),
    ],
)
def test_what_is_no_base64_is_refused_by_name(inputs: str, said: str) -> None:
    response = scores(inputs)
    assert response.status_code == 400
    assert said in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard"])
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress)],
)
def test_a_compressed_picture_is_read_on_every_route(
    path: str, encoding: str, pack: Any, test_pictures: Pictures
) -> None:
    content = as_png(test_pictures, 2)
    plain = ask(app(), "POST", path, content=content).json()
    packed = ask(
        app(), "POST", path, content=pack(content), headers={"content-encoding": encoding}
    ).json()
    for answer in (plain, packed):
        if isinstance(answer, dict):
            answer.pop("time_ms")
    assert packed == plain


def test_compressed_json_is_read(test_pictures: Pictures) -> None:
    body = gzip.compress(
        b'{"inputs": "' + base64.b64encode(as_png(test_pictures)) + b'"}', compresslevel=1
    )
    headers = {**JSON, "content-encoding": "gzip"}
    response = ask(app(), "POST", "/v1/models/hard", content=body, headers=headers)
    assert label(response) == label(
        ask(app(), "POST", "/v1/models/hard", content=as_png(test_pictures))
    )


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"])
def test_an_unknown_encoding_is_named(path: str) -> None:
    headers = {"content-encoding": "br"}
    response = ask(app(), "POST", path, content=b"x", headers=headers)
    assert response.status_code == 415
    assert "'br' is not supported; use gzip or deflate" in response.text


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard", "/v2/models/hard/infer"])
def test_a_bomb_is_refused_at_its_bound(path: str) -> None:
    bomb = gzip.compress(bytes(100_000_000), compresslevel=9)
    response = ask(app(), "POST", path, content=bomb, headers={"content-encoding": "gzip"})
    assert response.status_code == 413
    assert "when decompressed" in response.text


def test_a_small_compressed_body_takes_little_memory(server: Server) -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
    before = server.peak_memory()
    url = f"{server.url}/v2/models/hard/infer"
    response = httpx.post(url, content=bomb, headers={"content-encoding": "gzip"})
    assert response.status_code == 413
    # It cost 120 MiB.
    assert server.peak_memory() - before < 40_000 * 1024


@pytest.mark.parametrize(
    ("size", "status"), [(decoder.LARGEST_BYTES, 415), (decoder.LARGEST_BYTES + 9, 413)]
)
@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard"])
def test_compressed_bodies_are_large_only_while_they_are_decoded(
    path: str, size: int, status: int, tiny_pair: Published
) -> None:
    """Two at a time are, and each of them twice at most. It cost 670 MB."""
    body = gzip.compress(bytes(size), compresslevel=9)
    headers = {"content-encoding": "gzip"}
    with running(REST, TWINLABEL_MODELS=str(tiny_pair.folder), TWINLABEL_THREADS="2") as server:
        before = server.peak_memory()

        def send(_: int) -> int:
            url = f"{server.url}{path}"
            return httpx.post(url, content=body, headers=headers, timeout=60).status_code

        with ThreadPoolExecutor(16) as clients:
            assert set(clients.map(send, range(32))) == {status}
        assert server.peak_memory() - before < 6 * decoder.LARGEST_BYTES


def test_what_was_refused_leaves_the_memory(tiny_pair: Published) -> None:
    """Errors that led to themselves kept each request until the garbage collector came."""
    with running(REST, TWINLABEL_MODELS=str(tiny_pair.folder)) as server:
        before = server.peak_memory()
        for path in ["/v1/compare", "/v1/models/hard"] * 10:
            answer = httpx.post(f"{server.url}{path}", content=bytes(decoder.LARGEST_BYTES))
            assert answer.status_code == 415
        assert server.peak_memory() - before < 6 * decoder.LARGEST_BYTES


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard"])
def test_a_form_field_without_a_file_name_is_read(path: str, test_pictures: Pictures) -> None:
    """What curl -F "file=<photo.jpg" sends: bytes in a text field."""
    for content in (as_png(test_pictures), as_jpeg(test_pictures)):
        body = (
            b'--b\r\ncontent-disposition: form-data; name="file"\r\n\r\n'
            + content
            + b"\r\n--b--\r\n"
        )
        headers = {"content-type": "multipart/form-data; boundary=b"}
        form = ask(app(), "POST", path, content=body, headers=headers)
        plain = ask(app(), "POST", path, content=content)
        assert form.status_code == 200, form.text
        if path == "/v1/compare":
            assert form.json()["results"] == plain.json()["results"]
        else:
            assert form.json() == plain.json()


def test_a_form_for_one_model(test_pictures: Pictures) -> None:
    content = as_png(test_pictures)
    one = ask(app(), "POST", "/v1/models/hard", files={"file": ("a.png", content)})
    assert one.json() == ask(app(), "POST", "/v1/models/hard", content=content).json()
    files = [("file", ("a.png", content)), ("file", ("b.png", content))]
    two = ask(app(), "POST", "/v1/models/hard", files=files)
    assert two.status_code == 413
    assert "use /v1/compare for several" in two.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/models/hard"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_put_and_a_slash_at_the_end(
    path: str, method: str, slash: str, test_pictures: Pictures
) -> None:
    response = ask(app(), method, path + slash, content=as_png(test_pictures))
    assert response.status_code == 200


def test_curl_sends_a_file_in_its_three_ways(
    server: Server, test_pictures: Pictures, tmp_path: Path
) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here")
    (tmp_path / "a.jpg").write_bytes(as_jpeg(test_pictures))
    url = f"{server.url}/v1/models/hard"

    def sent(*options: str) -> bytes:
        command = [curl, "-s", *options, url]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    expected = sent("--data-binary", "@a.jpg")
    assert b"label" in expected
    for options in (("-T", "a.jpg"), ("-F", "file=@a.jpg"), ("-F", "file=<a.jpg")):
        assert sent(*options) == expected, options


@pytest.mark.parametrize(
    "path", ["/healthz", "/metrics", "/v2", "/v2/health/live", "/openapi.json"]
)
def test_head_wherever_get_answers(path: str) -> None:
    head, get = (ask(app(), method, path) for method in ("HEAD", "GET"))
    assert head.status_code == get.status_code
    assert head.content == b""


def test_an_answer_says_whether_the_picture_is_unlike_the_data(server: Server) -> None:
    packed = io.BytesIO()
    Image.effect_noise((32, 32), 200).convert("RGB").save(packed, "PNG")
    noise = httpx.post(f"{server.url}/v1/compare", content=packed.getvalue()).json()["results"][0]
    assert noise["unusual"] is True
    document = httpx.get(f"{server.url}/openapi.json").json()
    assert "unusual" in document["components"]["schemas"]["Result"]["properties"]
