"""What the command line needs of latent spaces: a generator, the directions through it, and the inverter."""

from __future__ import annotations

from dataclasses import replace

from ..training.task import Stage, Task
from .comparison import CompareObjectives
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
EXPERIMENTS = {"objectives": CompareObjectives}
