"""`exported_models/int8/cost.json`: what quantising the pair to INT8 changed."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

FILE = "cost.json"


class CostError(Exception):
    """A cost that cannot be read; the text says why."""


class Cost(BaseModel):
    """What quantisation changed in one model on one set of pictures; shares are from 0 to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pictures: int
    accuracy: float
    accuracy_before: float
    ece: float
    ece_before: float
    confidence_change: float
    """Mean of |confidence after - confidence before|."""
    other_answers: int
    """Pictures on which the quantised model names another class."""


class Costs(RootModel[dict[str, dict[str, Cost]]]):
    """By set of pictures (`validation`, `test`), and then by model."""


def read(folder: Path) -> Costs:
    """The file in the quantised pair's `folder`. Raises `CostError`, saying why not."""
    path = folder / FILE
    try:
        return Costs.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise CostError(
            f"{path} cannot be read ({reason}); `python -m train export --int8` makes it"
        ) from error
