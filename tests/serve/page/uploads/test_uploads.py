"""Gradio's known holes, tried against the running page: nothing a client names is opened."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import uuid
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio import processing_utils
from gradio_client import Client, handle_file
from PIL import Image

from harness.paths import ROOT
from harness.pictures import Pictures, as_png
from harness.servers import Server
from serve.page.parts.photo import Photo, Photos
from tests.contract.pictures.test_decoder import png_claiming

API = "/gradio_api"
META = {"_type": "gradio.FileData"}
SECRET_PICTURE = ROOT / "exported_models" / "gallery" / "sheet.png"


def call(server: Server, picture: Any, endpoint: str = "compare") -> tuple[str, Any]:
    """Gradio's plain HTTP call: the last event's name and data."""
    url = f"{server.url}{API}/call/{endpoint}"
    response = httpx.post(url, json={"data": [picture]}, timeout=30)
    if response.status_code != 200:
        return "refused", response.text
    events = httpx.get(f"{url}/{response.json()['event_id']}", timeout=30).text
    lines = [line for line in events.splitlines() if line]
    return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))


def show(server: Server, picture: Any) -> list[Any]:
    """What the page's own event gives for its photo: nothing, what is seen, results, a state.

    By number, as a browser asks for it: it has no name in the API.
    """
    config = httpx.get(f"{server.url}/config").json()
    (photo,) = (c["id"] for c in config["components"] if c["props"].get("elem_id") == "photo")
    (number,) = (d["id"] for d in config["dependencies"] if [photo, "input"] in d["targets"])
    asked = {"fn_index": number, "session_hash": uuid.uuid4().hex, "data": [picture, None, ""]}
    joined = httpx.post(f"{server.url}{API}/queue/join", json=asked)
    if joined.status_code != 200:
        return [None, "refused", "refused", None]
    query = {"session_hash": asked["session_hash"]}
    with httpx.stream("GET", f"{server.url}{API}/queue/data", params=query, timeout=30) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line else {}
            if message.get("msg") == "process_completed":
                if not message["success"]:
                    return [None, "refused", json.dumps(message), None]
                given: list[Any] = message["output"]["data"]
                return given
    raise AssertionError("the stream ended without an answer")


def upload(server: Server, content: bytes, name: str = "a.png") -> str:
    response = httpx.post(f"{server.url}{API}/upload", files={"files": (name, content)}, timeout=30)
    assert response.status_code == 200, response.text
    path: str = response.json()[0]
    return path


def seen(html: str) -> np.ndarray[Any, Any]:
    """The pixels that the page says the model saw."""
    data = html.split("data:image/png;base64,")[1].split('"')[0]
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))))


def png(image: Image.Image, **options: Any) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "PNG", **options)
    return packed.getvalue()


def test_an_upload_is_answered(server: Server, test_pictures: Pictures) -> None:
    event, data = call(server, {"path": upload(server, as_png(test_pictures)), "meta": META})
    assert event == "complete"
    (document,) = data
    rest = httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures)).json()
    assert document["results"] == rest["results"]


def test_an_upload_is_shown(server: Server, test_pictures: Pictures) -> None:
    _, what_is_seen, results, _ = show(
        server, {"path": upload(server, as_png(test_pictures)), "meta": META}
    )
    rest = httpx.post(f"{server.url}/v1/compare", content=as_png(test_pictures)).json()
    assert np.array_equal(seen(what_is_seen), test_pictures[0])
    assert rest["results"][0]["models"]["hard"]["label"] in results


def test_gradio_client_works(server: Server, test_pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(as_png(test_pictures))
    client = Client(server.url, verbose=False, download_files=str(tmp_path))
    document = client.predict(handle_file(str(tmp_path / "a.png")), api_name="/compare")
    assert len(document["results"]) == 1


@pytest.mark.parametrize("meta", [META, None])
@pytest.mark.parametrize(
    "path",
    [
        str(SECRET_PICTURE),
        "/etc/hostname",
        "exported_models/gallery/sheet.png",
        "../../../../../../etc/hostname",
        "",
        "\0",
    ],
)
def test_a_path_is_not_opened(server: Server, path: str, meta: dict[str, str] | None) -> None:
    assert SECRET_PICTURE.exists()
    payload = {"path": path} | ({"meta": meta} if meta else {})
    event, data = call(server, payload)
    assert event in {"error", "refused"}, data
    assert "Traceback" not in json.dumps(data)
    _, what_is_seen, results, _ = show(server, payload)
    assert "data:image" not in what_is_seen + results
    assert "Traceback" not in results


def test_a_link_out_of_the_upload_folder_is_not_followed(
    server: Server, test_pictures: Pictures
) -> None:
    inside = Path(upload(server, as_png(test_pictures)))
    link = inside.with_name("link.png")
    link.symlink_to(SECRET_PICTURE)
    event, _ = call(server, {"path": str(link), "meta": META})
    assert event in {"error", "refused"}


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64," + base64.b64encode(png_claiming(13000, 13000)).decode(),
        "data:image/png;base64," + base64.b64encode(png(Image.new("RGB", (8, 8)))).decode(),
        "http://127.0.0.1:1/a.png",
        "file:///etc/hostname",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_url_is_not_fetched(server: Server, url: str) -> None:
    for payload in ({"url": url, "meta": META}, {"path": url, "url": url, "meta": META}):
        event, data = call(server, payload)
        assert event in {"error", "refused"}, data


@pytest.mark.parametrize("kind", [Photo, Photos])
def test_no_component_asks_another_server(
    kind: type[Photo] | type[Photos], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def fetch(url: str, **_options: Any) -> str:
        asked.append(url)
        return url

    monkeypatch.setattr(processing_utils, "async_ssrf_protected_download", fetch)
    payload = {"path": "https://example.com/a.png", "meta": META}
    given = payload if kind is Photo else [payload]
    with pytest.raises(gr.Error, match="opens no address"):
        asyncio.run(processing_utils.async_move_files_to_cache(given, kind(), False))
    assert not asked


def test_a_pixel_bomb_takes_no_memory(server: Server) -> None:
    bomb = png(Image.new("L", (9400, 9400)))  # 88 Mpx in a few kilobytes
    before = server.peak_memory()
    event, data = call(server, {"path": upload(server, bomb), "meta": META})
    assert event == "error"
    assert "9400 x 9400 pixels" in json.dumps(data)
    # Decoded it is 88 MB, and Gradio's way took 1 GB.
    assert server.peak_memory() - before < 50_000 * 1024


def test_sixteen_bit_alpha_and_exif_are_decoded_as_by_rest(server: Server) -> None:
    gray = png(Image.fromarray(np.full((40, 40), 32768, np.uint16)))
    alpha = png(Image.new("RGBA", (40, 40), (0, 0, 0, 0)))
    turned = Image.new("RGB", (40, 40), "red")
    turned.paste("blue", (0, 20, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    shown = [
        seen(show(server, {"path": upload(server, content), "meta": META})[1])
        for content in (gray, alpha, png(turned, exif=exif))
    ]
    assert (shown[0] == 128).all()
    assert (shown[1] == 255).all()
    assert shown[2][16, 28].tolist() == [255, 0, 0]
    assert shown[2][16, 4].tolist() == [0, 0, 255]


@pytest.mark.parametrize("name", ["a.gif", "a.svg", "a.html", "a"])
def test_the_file_name_decides_nothing(server: Server, name: str) -> None:
    """A CMYK TIFF called .gif: Gradio would skip the conversion to RGB."""
    packed = io.BytesIO()
    Image.new("CMYK", (40, 40), (255, 0, 0, 0)).save(packed, "TIFF")
    path = upload(server, packed.getvalue(), name)
    assert seen(show(server, {"path": path, "meta": META})[1])[16, 16].tolist() == [0, 255, 255]


def test_a_bad_upload_gets_a_readable_message(server: Server) -> None:
    event, data = call(server, {"path": upload(server, b"no picture"), "meta": META})
    assert event == "error"
    assert "not a picture that can be read here" in json.dumps(data)
    assert "Traceback" not in json.dumps(data)
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_files_of_the_server_are_not_served(server: Server) -> None:
    for path in (SECRET_PICTURE, ROOT / "app.py", "/etc/hostname"):
        for route in (f"{API}/file=", "/file="):
            assert httpx.get(f"{server.url}{route}{path}").status_code in {403, 404}
