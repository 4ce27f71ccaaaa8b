"""A model that is made in stages, small enough to train in a moment: what the command line is tried with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.utils.data import Dataset

from cgan_demo.catalog import Room
from cgan_demo.errors import DataError
from cgan_demo.training.loop import System, adam
from cgan_demo.training.runs import averaged
from cgan_demo.training.task import Recipe, Stage, Task
from cgan_demo.weights import load_network, save_network


class Number(nn.Module, PyTorchModelHubMixin):
    """A number that is learned, and one that came from before."""

    def __init__(self, start: float = 0.0):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(start))
        self.register_buffer("before", torch.zeros(()))


class Towards(System):
    """Learns a number."""

    def __init__(self, recipe: NumberRecipe, network: Number):
        self.recipe = recipe
        self.networks = {"generator": network}
        self.optimizers = {"generator": adam(network, recipe.lr, (0.0, 0.9))}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        loss = (self.networks["generator"].value - batch["number"]).square().mean()  # type: ignore[operator]
        self.update("generator", loss)
        return {"loss": loss}

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        return torch.zeros(1, 3, 8, 8), 1


class Endless(Dataset):
    def __init__(self, number: float):
        self.number = number

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {"number": torch.tensor(self.number)}


@dataclass(frozen=True)
class Inner:
    width: int = 4
    steps: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class NumberRecipe(Recipe):
    """Learns one number. lr: the step."""

    lr: float = 0.1
    goal: float = 1.0
    inner: Inner = field(default_factory=Inner)
    batch: int = 1
    precision: str = "no"
    ema_half_life: float = 0.0

    def prepare(
        self, data: Path, seed: int, cache: Path, *, base: Path | None = None, extra: Path | None = None
    ) -> tuple[System, Dataset]:
        """The system.

        base: the folder of what was trained before. extra: a file
            that makes it better.
        """
        network = self.network()
        if base is not None:
            network.before.fill_(load_network(base).value.item())
        return Towards(self, network), Endless(self.goal)

    def network(self) -> Number:
        return Number()

    def averaged(self, run_dir: Path, *, base: Path | None = None) -> nn.Module:
        return averaged(run_dir, self.network())


def _doubled(folder: Path, data: Path, cache: Path) -> None:
    network = load_network(folder)
    network.value.data *= 2
    save_network(network, folder, "pix2pix", half=False)


def evaluate(
    model_id: str, network: nn.Module, data: Path, cache: Path, *, samples: int | None = None, plot: Path | None = None
) -> dict:
    """samples: how many. plot: where to."""
    if not (data / "val").is_dir():
        raise DataError("There is no val.")
    return {"value": float(network.value), "before": float(network.before), "samples": samples}


TASK = Task(
    recipes={"first": NumberRecipe(), "second": NumberRecipe(goal=-1.0), "paper": NumberRecipe(lr=0.5)},
    evaluate=evaluate,
    stages=(Stage("first", 3.0), Stage("doubled", work=_doubled), Stage("second", 1.0, "base")),
)
ROOM = Room(networks={"Number": Number}, predictor=lambda *_: None)
