"""Two generators that are trained and averaged together, and how a sample grid shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .. import weights
from ..training.report import interleave
from ..training.runs import averaged
from ..training.task import Recipe

WAYS = ("there", "back")  # from the first pile to the second, and from the second to the first
JUDGES = {"there": "discriminator", "back": "discriminator_back"}  # of what comes out at the end of a way


class TwoWays(nn.Module):
    """G and F: `there` translates pictures of the first pile, `back` those of the second."""

    def __init__(self, there: nn.Module, back: nn.Module):
        super().__init__()
        self.there, self.back = there, back


def export(recipe: Recipe, run_dir: Path, there: Path, back: Path) -> None:
    """Write both averaged generators of a run as weights folders; `cgan-demo export` writes the first alone.

    Raises:
        DataError: there is no checkpoint in `run_dir`, or one of another network.
    """
    generators: Any = averaged(run_dir, recipe.network())
    for network, folder in ((generators.there, there), (generators.back, back)):
        weights.save_network(network, folder, "cyclegan")


@torch.inference_mode()
def cycles(generators: Any, examples: dict[str, Tensor], device: torch.device) -> tuple[Tensor, int]:
    """Rows of: a picture of the first pile, there, there and back; one of the second, back, back and there."""
    columns = []
    for name, ways in (("a", WAYS), ("b", WAYS[::-1])):
        x = examples[name].to(device)
        columns.append(x)
        for way in ways:
            x = getattr(generators, way)(x)
            columns.append(x)
    return interleave(*(x.float().cpu() for x in columns)), 6
