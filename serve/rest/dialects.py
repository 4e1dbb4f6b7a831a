"""The dialects that this server speaks. A new one is a module of its own and one line here."""

from __future__ import annotations

from serve.rest import compare, huggingface
from serve.rest.common.dialect import Dialect
from serve.rest.open_inference import routes as open_inference

DIALECTS: tuple[Dialect, ...] = (
    compare.DIALECT,
    huggingface.DIALECT,
    open_inference.DIALECT,
)
