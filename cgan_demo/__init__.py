"""Conditional GANs to play with: train them, measure them, publish them and serve them.

>>> import cgan_demo
>>> cgan_demo.load("map-to-aerial")(image, seed=0)
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

from .catalog import list_models

__all__ = ["__version__", "list_models", "load"]
__version__ = "0.1.0"


def load(model_id: str | PathLike[str], device: str | None = None) -> Any:
    """Build the predictor of `model_id`: an id of `list_models()` or of a folder in CGAN_DEMO_WEIGHTS, or a folder.

    Each call finds, verifies and reads the weights anew; keep what it returns.

    Args:
        device: "cpu", "cuda", "mps"; by default CGAN_DEMO_DEVICE or the best there is.

    Raises:
        UnknownModel, WeightsNotFound, WeightsCorrupt, HubError: see `cgan_demo.errors`.
    """
    from . import catalog, weights
    from .device import pick_device

    model_id = fspath(model_id) if isinstance(model_id, PathLike) else model_id
    folder = weights.find(model_id)
    config = weights.read_config(folder)
    target = pick_device(device)
    return catalog.room(config["system"]).predictor(weights.load_network(folder).to(target), target, model_id)
