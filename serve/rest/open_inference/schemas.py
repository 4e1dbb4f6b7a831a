"""The documents of the Open Inference Protocol as pydantic models, for OpenAPI and for metadata."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ProtocolError(BaseModel):
    """The document of an error with any 4xx or 5xx status."""

    error: str = Field(description="What is wrong and what to do about it, for people.")


class ServerMetadata(BaseModel):
    name: str
    version: str
    extensions: list[str] = Field(description="Extensions of the protocol that are supported.")


class Live(BaseModel):
    live: bool


class Ready(BaseModel):
    ready: bool


class ModelReady(BaseModel):
    name: str
    ready: bool


class TensorMetadata(BaseModel):
    name: str
    datatype: str
    shape: list[int] = Field(description="-1 stands for the number of pictures.")


class ModelMetadata(BaseModel):
    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] | None = None
    data: list[Any] | None = Field(
        default=None, description="Left out if the values follow the JSON in binary."
    )


class InferRequest(BaseModel):
    """The only input is the tensor `images`, UINT8 `[n, 32, 32, 3]`, with n from 1 to 256."""

    id: str | None = None
    parameters: dict[str, Any] | None = None
    inputs: list[Tensor] = Field(min_length=1, max_length=1)
    outputs: list[dict[str, Any]] | None = None


class InferAnswer(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[Tensor]
