"""The limits on request bodies, each on an application that counts what it reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from contract.errors import UserError
from serve.errors import Overloaded, RequestTooLarge, RequestTooSlow
from serve.http.body_limits import BodyLimit, Limits
from tests.serve.in_process import answer, ask


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the number of bytes in the body."""
    body = await Request(scope, receive).body()
    await Response(str(len(body)))(scope, receive, send)


async def ignore(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer without reading the body."""
    await Response("ignored")(scope, receive, send)


def limited(app: ASGIApp = count, **limits: float) -> BodyLimit:
    def error_answer(_scope: Scope, error: UserError) -> ASGIApp:
        return JSONResponse({"error": type(error).__name__, "message": error.message}, 400)

    return BodyLimit(app, error_answer, Limits(**limits))  # type: ignore[arg-type]


def pieces(*sizes: int, wait: float = 0.0) -> Callable[[], AsyncIterator[bytes]]:
    """A body that is sent in pieces of these sizes, with `wait` seconds before all but the first.

    Its length is not announced.
    """

    async def body() -> AsyncIterator[bytes]:
        for place, size in enumerate(sizes):
            if place:
                await asyncio.sleep(wait)
            yield bytes(size)

    return body


def test_a_body_within_the_limits_is_passed_on() -> None:
    app = limited(body=100)
    assert ask(app, "POST", "/", content=bytes(100)).text == "100"
    assert ask(app, "POST", "/", content=pieces(40, 60)()).text == "100"
    assert ask(app, "GET", "/").text == "0"


def test_an_announced_body_that_is_too_large_never_reaches_the_application() -> None:
    async def unreachable(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("the application was called")

    response = ask(limited(unreachable, body=100), "POST", "/", content=bytes(101))
    assert response.json()["error"] == RequestTooLarge.__name__
    assert "100 bytes" in response.json()["message"]


def test_a_chunked_body_is_cut_off_as_soon_as_it_is_too_large() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 60
            yield bytes(60)

    response = ask(limited(body=100), "POST", "/", content=endless())
    assert response.json()["error"] == RequestTooLarge.__name__
    assert sent == 120


def test_a_body_that_stalls_is_answered_when_its_time_is_over() -> None:
    response = ask(limited(grace=0.05), "POST", "/", content=pieces(3, 3, wait=30)())
    assert response.json()["error"] == RequestTooSlow.__name__
    assert "only 3 bytes" in response.json()["message"]


def test_a_fast_body_gets_more_time_and_the_longest_time_holds_for_all() -> None:
    steady = pieces(10, 10, 10, wait=0.1)
    assert ask(limited(grace=0.05, rate=50), "POST", "/", content=steady()).text == "30"
    response = ask(limited(grace=0.05, rate=50, longest=0.15), "POST", "/", content=steady())
    assert response.json()["error"] == RequestTooSlow.__name__


def test_all_bodies_together_are_limited_and_room_is_given_back() -> None:
    app = limited(under_way=100)

    async def three() -> tuple[str, str, str]:
        goes_on = asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            yield bytes(80)
            await goes_on.wait()
            yield bytes(10)

        first = asyncio.create_task(answer(app, "POST", "/", content=held()))
        await asyncio.sleep(0.05)
        second = await answer(app, "POST", "/", content=bytes(80))
        goes_on.set()
        return (
            second.json()["error"],
            (await first).text,
            (await answer(app, "POST", "/", content=bytes(80))).text,
        )

    assert asyncio.run(three()) == (Overloaded.__name__, "90", "80")


def test_an_answer_before_the_end_of_the_body_closes_the_connection() -> None:
    app = limited(ignore)
    assert ask(app, "POST", "/", content=bytes(9)).headers["connection"] == "close"
    assert ask(app, "POST", "/", content=pieces(4, 5)()).headers["connection"] == "close"
    assert "connection" not in ask(app, "GET", "/").headers
    assert "connection" not in ask(limited(), "POST", "/", content=bytes(9)).headers
