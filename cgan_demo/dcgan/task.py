"""What the command line needs of latent spaces: a generator, the directions through it, and the inverter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..training.task import Stage, Task
from .directions import write_directions
from .inverter import InverterRecipe
from .light import ProjectedRecipe
from .paper import OBJECTIVES, DCGANRecipe
from .protocol import evaluate

STAGES = (Stage("bundled", 5.0), Stage("directions", work=write_directions), Stage("inverter", 3.0, takes="base"))


def _task(framing: str) -> Task:
    """framing: what a visitor's picture is cut to, see `LatentModel`."""
    paper = DCGANRecipe(framing=framing)
    objectives = {name: replace(recipe, framing=framing) for name, recipe in OBJECTIVES.items()}
    recipes = {"bundled": ProjectedRecipe(framing=framing), "inverter": InverterRecipe(), "paper": paper, **objectives}
    return Task(recipes | {"dcgan": paper}, evaluate, STAGES)  # "dcgan" is what runs from before call the paper's


TASKS = {"latent-faces": _task("face"), "latent-flowers": _task("middle")}


@dataclass(frozen=True)
class CompareObjectives:
    """Train DCGAN with each of six objectives on equally many pictures; a table, loss curves and samples."""

    data: str
    """A folder of pictures, such as flowers or UTKFace."""
    images: int = 60000
    """Pictures that each objective sees."""
    only: tuple[str, ...] = ()
    """Objectives by name; by default all of minimax, non-saturating, lsgan, wgan, wgan-gp, hinge."""
    width: int = 256
    """Channels of the generator at 4 px; the paper's are 1024."""
    judge_width: int = 32
    """Channels of the discriminator's first convolution; the paper's are 64."""
    batch: int = 64
    also: tuple[str, ...] = ()
    """Models of the catalog, or weights folders, that are measured and shown beside them."""
    to: Path = Path("runs/objectives")
    cache: Path = Path("runs/cache")
    cpu: bool = False

    def run(self) -> None:
        from .. import weights
        from ..data.download import obtain
        from .comparison import compare_objectives
        from .model import latent_model

        folders = [Path(name) if Path(name).is_dir() else weights.find(name) for name in self.also]
        compare_objectives(
            obtain(self.data, self.cache),
            self.to,
            self.images,
            self.only or None,
            self.cache,
            self.width,
            self.judge_width,
            self.batch,
            also={folder.name: latent_model(folder) for folder in folders},
            cpu=self.cpu,
        )


EXPERIMENTS = {"objectives": CompareObjectives}
