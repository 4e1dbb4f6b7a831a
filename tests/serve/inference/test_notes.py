"""The notes about a picture that was answered in spite of a fault: whoever gets the document."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from harness.pictures import Pictures, as_png, photo
from harness.servers import BINARY, Server
from tests.contract.pictures.files import FOLDER, read
from tests.serve.in_process import ask, rest

CUT = "last-2-bytes-missing.jpg"
NOTES = ["The file is cut short at its very end: all rows of the picture could be read."]


def results(**request: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(rest(), "POST", "/v1/compare", **request).json()["results"]
    return found


@pytest.mark.parametrize(
    "request_",
    [
        {"content": read(CUT)},
        {"content": read(CUT), "headers": BINARY},
        {"content": gzip.compress(read(CUT)), "headers": {"content-encoding": "gzip"}},
        {"files": {"file": ("cut.jpg", read(CUT))}},
    ],
)
def test_every_form_of_a_request_gets_them(request_: dict[str, Any]) -> None:
    (result,) = results(**request_)
    assert result["notes"] == NOTES
    assert result["error"] is None


def test_each_picture_of_a_form_has_its_own(test_pictures: Pictures) -> None:
    lower = photo()
    contents = [as_png(test_pictures), read(CUT), b"no picture", lower[: int(0.9 * len(lower))]]
    found = results(files=[("file", (f"{n}.jpg", each)) for n, each in enumerate(contents)])
    whole, cut, broken, large = (result["notes"] for result in found)
    assert whole == broken == []
    assert cut == NOTES
    assert large[0].startswith("The file is cut short: the lower ")
    assert large[0].endswith("% of the picture is missing.")


def test_an_endpoint_of_the_page_gives_the_same(server: Server, tmp_path: Path) -> None:
    client = Client(server.url, verbose=False, download_files=str(tmp_path))
    document = client.predict(handle_file(str(FOLDER / CUT)), api_name="/compare")
    asked = httpx.post(f"{server.url}/v1/compare", content=read(CUT)).json()
    assert document["results"] == asked["results"]
    assert asked["results"][0]["notes"] == NOTES


def test_the_list_of_hugging_face_has_no_place_for_them() -> None:
    answer = ask(rest(), "POST", "/v1/models/hard", content=read(CUT)).json()
    assert [set(each) for each in answer] == [{"label", "score"}] * 5


def test_openapi_describes_them_with_an_example() -> None:
    schemas = ask(rest(), "GET", "/openapi.json").json()["components"]["schemas"]
    notes = schemas["Result"]["properties"]["notes"]
    assert (notes["type"], notes["items"]) == ("array", {"type": "string"})
    ((example,),) = notes["examples"]
    assert example == "The file is cut short: the lower 12% of the picture is missing."
