"""What a deployment can set, read from the environment once: `TWINLABEL_*`.

For host and port the names that Gradio and a Hugging Face Space set win.
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
    """Each field is read from the environment variable named in `validation_alias`."""

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
    device: Literal["auto", "cuda", "cpu"] = "auto"
    """auto: CUDA where it works, else the CPU; cuda: refuse to start without; cpu: never CUDA."""
    models: Path = Path(__file__).resolve().parent.parent / "exported_models"
    """The folder that holds manifest.json."""
    precision: Literal["fp32", "int8"] = "fp32"
    """int8: the quantised pair, about twice as fast on a CPU with VNNI (exported_models/int8)."""
    most_waiting: int = Field(default=256, ge=1)
    """Pictures that may wait for the models when more are brought; past it, 503."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads for both models together; None: as many as the affinity and the quota allow."""
    root_path: str = Field(default="", pattern=r"^(/[\w.~-]+)*/?$")
    """The path under which a proxy offers this server, such as `/twin`."""
    trust_proxy: bool = Field(default_factory=lambda: "SPACE_ID" in os.environ)
    """Whether `X-Forwarded-*` comes from a proxy of one's own, as it does on a Space."""
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
    """Raises `StartupError`, naming the variable and its value."""
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
                else f"; there are {', '.join(known)}"
            )
            raise StartupError(f"{name} is no setting of Twinlabel{meant}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise StartupError(
            f"{_variable(str(first['loc'][0]))} is {first['input']!r}: {first['msg'].lower()}; "
            "correct or unset it"
        ) from error


def variables() -> list[str]:
    """All names of ours."""
    return [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]


def _variable(name: str) -> str:
    """The environment variable that gave a field its value; pydantic names the first possible."""
    for field in Settings.model_fields.values():
        if (
            isinstance(field.validation_alias, AliasChoices)
            and name in field.validation_alias.choices
        ):
            given = {variable.upper() for variable, value in os.environ.items() if value}
            return next((str(c) for c in field.validation_alias.choices if c in given), name)
    return f"{_PREFIX}{name.removeprefix(_PREFIX).upper()}"
