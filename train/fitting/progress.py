"""The progress of a training run: a bar on a terminal, and a line of text for each epoch."""

from __future__ import annotations

import sys
from types import TracebackType

from tqdm import tqdm

from train.fitting.loop import Epoch, Progress


class ProgressBar:
    """A progress bar over all epochs. A picture counts once, although both models train on it."""

    def __init__(self, epochs: int, epochs_done: int, pictures_an_epoch: int) -> None:
        self._epochs = epochs
        self._epoch = epochs_done + 1
        self._bar = tqdm(
            total=epochs * pictures_an_epoch,
            initial=epochs_done * pictures_an_epoch,
            unit=" pictures",
            unit_scale=True,
            dynamic_ncols=True,
            disable=not sys.stderr.isatty(),
        )

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def batches(self, progress: Progress) -> None:
        """Advance the bar by some batches, and show their mean loss and accuracy."""
        figures = ", ".join(
            f"{name} loss {loss:.3f} acc {progress.accuracy[name]:.1%}"
            for name, loss in progress.loss.items()
        )
        self._bar.set_description(f"epoch {self._epoch}/{self._epochs}", refresh=False)
        self._bar.set_postfix_str(figures, refresh=False)
        self._bar.update(progress.pictures)

    def epoch(self, epoch: Epoch, pictures: int) -> None:
        """Print the figures of a finished epoch."""
        self._epoch = epoch.number + 1
        left = (self._epochs - epoch.number) * epoch.seconds / 60
        twins = "; ".join(
            f"{name}: loss {twin.train_loss:.4f}, train {twin.train_accuracy:.2%}, "
            f"validation {twin.validation_accuracy:.2%}"
            for name, twin in epoch.twins.items()
        )
        self._bar.write(
            f"epoch {epoch.number}/{self._epochs}  {twins}  "
            f"({pictures / epoch.seconds:,.0f} pictures/s, {left:.1f} min left)",
            file=sys.stdout,
        )
        sys.stdout.flush()
