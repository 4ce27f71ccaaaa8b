"""The errors a user can meet. Each message says what was wrong and what to do about it.

CganDemoError
├── InputError            a picture or an argument that cannot be used
├── DataError             a training or evaluation folder that cannot be used
│   └── PictureError      one of its picture files cannot be used
├── TrainingError         a run that had to stop
│   └── NonFiniteLoss     a loss became NaN or infinite
└── WeightsError          weights that cannot be used
    ├── UnknownModel      no model of that id
    ├── WeightsNotFound   no weights in any of the places looked at
    ├── WeightsCorrupt    the file is not the one the catalog names, or not readable
    └── HubError          the Hub refused, failed or did not answer
"""

from __future__ import annotations

from pathlib import Path


class CganDemoError(Exception):
    """Base of every error that is meant for a user's eyes."""


class InputError(CganDemoError, ValueError):
    """A picture or an argument that cannot be used."""


class DataError(CganDemoError):
    """A training or evaluation folder that cannot be used."""


class PictureError(DataError):
    """A picture file of such a folder that cannot be used.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path, what: str):
        super().__init__(f"{path} {what}")
        self.path = path


class TrainingError(CganDemoError):
    """A training run that had to stop."""


class NonFiniteLoss(TrainingError):
    """A loss became NaN or infinite; the last checkpoint is from before that."""


class WeightsError(CganDemoError):
    """Weights that cannot be used."""


class UnknownModel(WeightsError, KeyError):
    """No model of that id is in the catalog or on disk."""

    def __str__(self) -> str:  # KeyError would print the repr, quotes and all
        return str(self.args[0]) if self.args else ""


class WeightsNotFound(WeightsError):
    """No weights in any of the places looked at."""


class WeightsCorrupt(WeightsError):
    """The file is not the one the catalog names, or cannot be read."""


class HubError(WeightsError):
    """The Hub refused, failed or did not answer."""
