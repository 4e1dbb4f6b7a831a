"""The settings of a deployment, read once from the environment variables `TWINLABEL_*`.

Host and port are read from `GRADIO_SERVER_NAME` and `GRADIO_SERVER_PORT` first, which Gradio and
Hugging Face Spaces use.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.artifacts.manifest import INT8
from serve.errors import StartupError

_PREFIX = "TWINLABEL_"
_PORT = 7860
# What Kubernetes sets in every container beside a Service that is called twinlabel, or begins so:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_OF_KUBERNETES = re.compile(
    r"TWINLABEL(_\w+)?_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)"
)
_OF_KUBERNETES_PORT = ("tcp://", "udp://", "sctp://")


class Settings(BaseSettings):
    """The settings. Each is read from `TWINLABEL_` and its name, or from its `validation_alias`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field(
        default="127.0.0.1",
        validation_alias=AliasChoices("GRADIO_SERVER_NAME", "TWINLABEL_HOST"),
    )
    port: int = Field(
        default=_PORT,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("GRADIO_SERVER_PORT", "TWINLABEL_PORT"),
    )
    device: Literal["auto", "cuda", "webgpu", "cpu"] = "auto"
    """`auto`: CUDA if it works, else the CPU. `cuda`: do not start without CUDA. `cpu`: the CPU."""
    models: Path = Path(__file__).resolve().parent.parent / "exported_models"
    """The folder of the pair, which holds manifest.json."""
    precision: Literal["fp32", "int8"] = "fp32"
    """`int8`: the quantised pair in the folder int8, about twice as fast on a CPU with VNNI."""
    most_waiting: int = Field(default=256, ge=1)
    """The number of waiting pictures from which new requests are refused with status 503."""
    threads: int | None = Field(default=None, ge=1)
    """The CPU threads of both models together, and as many more, at least two, that decode the
    pictures of REST. `None`: as many as the CPUs that this process may use."""
    root_path: str = Field(default="", pattern=r"^(/[\w.~-]+)*/?$")
    """The path under which a proxy offers this server, such as `/twin`."""
    trust_proxy: bool = Field(default_factory=lambda: "SPACE_ID" in os.environ)
    """Whether to trust `X-Forwarded-*` headers: only behind a proxy that sets them, as a Space."""
    allow_origins: str = ""
    """Origins whose pages may call the APIs from a browser, separated by commas."""
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"

    @field_validator("port", mode="before")
    @classmethod
    def _not_of_kubernetes(cls, port: object) -> object:
        """The default for TWINLABEL_PORT=tcp://10.0.0.1:7860, which a Service sets."""
        is_service = isinstance(port, str) and port.startswith(_OF_KUBERNETES_PORT)
        return _PORT if is_service else port

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of `allow_origins`, one by one."""
        return tuple(
            part.strip().rstrip("/") for part in self.allow_origins.split(",") if part.strip()
        )

    @property
    def pair_folder(self) -> Path:
        """The folder of the pair to serve."""
        return self.models / INT8 if self.precision == INT8 else self.models


def from_environment() -> Settings:
    """The settings from the environment. Raises `StartupError` if a variable is not valid."""
    known = variables()
    for name in os.environ:
        if _OF_KUBERNETES.fullmatch(name):
            continue
        if name.startswith(_PREFIX) and name not in known:
            rest = [variable.removeprefix(_PREFIX) for variable in known]
            close = difflib.get_close_matches(name.removeprefix(_PREFIX), rest, 1)
            meant = (
                f"; did you mean {_PREFIX}{close[0]}?"
                if close
                else f"; the settings are {', '.join(known)}"
            )
            raise StartupError(f"{name} is not a setting of Twinlabel{meant}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise StartupError(
            f"{_variable(str(first['loc'][0]))} is {first['input']!r}: {first['msg'].lower()}; "
            "correct or unset it"
        ) from error


def variables() -> list[str]:
    """The names of all `TWINLABEL_*` variables."""
    return [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]


def _variable(name: str) -> str:
    """The environment variable that set a field; pydantic reports only the first possible one."""
    for field in Settings.model_fields.values():
        if (
            isinstance(field.validation_alias, AliasChoices)
            and name in field.validation_alias.choices
        ):
            given = {variable.upper() for variable, value in os.environ.items() if value}
            return next((str(c) for c in field.validation_alias.choices if c in given), name)
    return f"{_PREFIX}{name.removeprefix(_PREFIX).upper()}"
