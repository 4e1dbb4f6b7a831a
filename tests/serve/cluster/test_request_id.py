"""One id for a request, where Ray adds one of its own."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.cluster.request_id import middlewares
from tests.serve.in_process import ask, rest


def served() -> ASGIApp:
    """REST with what Ray puts around it: an echo of the client's id, then our middleware."""
    inner = rest()

    async def as_ray(scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"])[b"x-request-id"]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"X-Request-ID", given)]
            await send(message)

        await inner(scope, receive, sending)

    (middleware,) = middlewares()
    return middleware.cls(as_ray, *middleware.args, **middleware.kwargs)


@pytest.mark.parametrize("given", ["abc-1.2_3", "a b", "", "a" * 65])
def test_it_comes_once_and_is_harmless(given: str) -> None:
    answer = ask(served(), "GET", "/healthz", headers={"x-request-id": given})
    (found,) = answer.headers.get_list("x-request-id")
    assert (found == given) == (given == "abc-1.2_3")
    assert len(found) in (9, 16)


def test_a_request_without_one_gets_one() -> None:
    (found,) = ask(served(), "GET", "/healthz").headers.get_list("x-request-id")
    assert len(found) == 16
