"""What the command line needs of this room: the recipes of its models, their protocol, and a comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..training.task import Task
from .evaluation import SIZE, evaluate, evaluate_back, families, measure
from .light import LightCycleRecipe
from .paper import CycleGANRecipe

CYCLE = LightCycleRecipe(cycle_weight=1.0)
CONTRAST = replace(CYCLE, cycle_weight=0.0)


def _task(reverse: bool) -> Task:
    recipes: dict[str, Any] = {"bundled": CONTRAST, "cycle": CYCLE, "contrast": CONTRAST, "paper": CycleGANRecipe()}
    turned = {name: replace(recipe, reverse=reverse) for name, recipe in recipes.items()}
    return Task(turned, evaluate_back if reverse else evaluate)


TASKS = {"horse-to-zebra": _task(False), "zebra-to-horse": _task(True)}


@dataclass(frozen=True)
class Unpaired:
    """What keeps a translation what it shows: a cycle, contrast, or nothing. On equally many pictures, one table."""

    data: Path
    """A folder with trainA and trainB; pictures of valA and valB, or each tenth, are measured on."""
    to: Path = Path("runs/unpaired")
    """Where the runs and the table go; what is there already goes on."""
    images: int = 12000
    """Pictures of each pile that each recipe sees."""
    cache: Path = Path("runs/cache")
    seed: int = 0
    cpu: bool = False

    def run(self) -> None:
        from ..data.download import obtain
        from ..training.comparison import Comparison, Variant
        from .dataset import cached_piles

        data = obtain(str(self.data), self.cache)
        variants = {
            "cycle": replace(CYCLE, contrast_weight=0.0),
            "contrast": CONTRAST,
            "cycle, contrast": CYCLE,
            "neither": replace(CONTRAST, contrast_weight=0.0),
        }
        source, target = cached_piles(data, SIZE, self.cache, "val")
        comparison = Comparison("horse-to-zebra", self.to, self.images, self.cache, self.seed, self.cpu)
        comparison.run(
            {name: Variant(recipe, data) for name, recipe in variants.items()},
            lambda network: measure(network, source, target, families()),
            "there",
            "untouched",
        )


EXPERIMENTS = {"unpaired": Unpaired}
