"""What REST promises holds on a cluster: the tests of a single process, asked of two replicas."""

from __future__ import annotations

import inspect

import pytest

from tests.serve.http import test_load, test_observability
from tests.serve.http.test_load import new_log
from tests.serve.inference import test_notes, test_prediction_sets
from tests.serve.rest import (
    test_clients,
    test_compare,
    test_forms_of_requests,
    test_open_inference,
    test_triton_tools,
)

pytestmark = pytest.mark.slow
_OF = (
    test_clients,
    test_compare,
    test_forms_of_requests,
    test_load,
    test_notes,
    test_observability,
    test_open_inference,
    test_prediction_sets,
    test_triton_tools,
)
_OTHERWISE_HERE = {
    "test_gradio_client": "the page is not in these replicas",
    "test_an_endpoint_of_the_page_gives_the_same": "the page is not in these replicas",
    "test_after_an_early_answer_a_slow_body_holds_nothing": "HAProxy keeps it for 15 s, not 10",
    "test_headers_too_large_carry_a_request_id": "HAProxy refuses headers once they have ended",
    "test_a_line_of_log_for_each_request_and_nothing_of_the_picture": "it comes later",
    "test_slow_bodies_and_headers_are_cut_off": "HAProxy does it, in one form; test_replicas.py",
    "test_metrics_count_by_route_and_not_by_path": "each replica counts; test_replicas.py",
}
assert new_log  # a fixture, which its tests bring along

for _module in _OF:
    for _name, _test in vars(_module).items():
        if not _name.startswith("test_") or _name in _OTHERWISE_HERE:
            continue
        if "server" in inspect.signature(_test).parameters:
            assert _name not in globals(), f"two tests are called {_name}"
            globals()[_name] = _test
