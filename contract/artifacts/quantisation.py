"""`exported_models/int8/cost.json`: what quantising the pair to INT8 changed."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

FILE = "cost.json"


class CostError(Exception):
    """The cost of quantising cannot be read; the message says why."""


class Cost(BaseModel):
    """What quantising changed in one model on one set of pictures. Shares are from 0 to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pictures: int
    accuracy: float
    accuracy_before: float
    ece: float
    ece_before: float
    confidence_change: float
    """The mean of |confidence after - confidence before| over the pictures."""
    other_answers: int
    """The number of pictures for which the quantised model chooses another class."""


class Costs(RootModel[dict[str, dict[str, Cost]]]):
    """The costs by set of pictures (`validation`, `test`), and then by model."""


def read(folder: Path) -> Costs:
    """The costs in the quantised pair's `folder`. Raises `CostError` if they cannot be read."""
    path = folder / FILE
    try:
        return Costs.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise CostError(
            f"{path} cannot be read ({reason}); make it with `python -m train export --int8`"
        ) from error
