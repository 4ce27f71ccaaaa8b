"""What the command line needs of this room: the recipes of its models, their protocol, and what the parts buy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro
from torch import nn

from ..pix2pix.paper import Pix2PixRecipe
from ..training.task import Stage, Task
from .evaluation import evaluate_sketches
from .light import SketchRecipe
from .paper import BicycleGANRecipe


def evaluate_plans(model_id: str, network: nn.Module, data: Path, cache: Path, *, reverse: bool = True) -> dict:
    """`evaluate_sketches` of pairs photo | plan.

    reverse: the right-hand picture of a pair is the plan.
    """
    return evaluate_sketches(model_id, network, data, cache, reverse=reverse)


CATS = SketchRecipe(
    smooth=True,
    fine=24,
    paper=False,  # the ground behind is painted too
    background_weight=0.0,
    shrink=1.0,
    enlarged=0.25,
)
OBJECTS = Task(
    recipes={"bundled": SketchRecipe(), "paper": BicycleGANRecipe(), "pix2pix": Pix2PixRecipe()},
    evaluate=evaluate_sketches,
)

TASKS: dict[str, Task] = {
    "edges-to-shoes": OBJECTS,
    "edges-to-handbags": OBJECTS,
    "edges-to-cats": Task(
        recipes={
            "bundled": replace(CATS, crop=128, load_size=160, scale=(0.8, 1.25)),
            "large": replace(CATS, closeups_after=0.0, lr=2e-4),  # at full resolution
            "paper": BicycleGANRecipe(paper=False),
            "pix2pix": Pix2PixRecipe(),
        },
        evaluate=evaluate_sketches,
        stages=(Stage("bundled", 2.0), Stage("large", 1.0, "warm_start")),
    ),
    "labels-to-facade": Task(
        recipes={
            "bundled": SketchRecipe(
                drawing="labels",
                roughen=False,
                background_weight=0.0,
                crop=128,  # windows and walls are local; a quarter of the cost
                scale=(0.75, 1.1),
                shrink=1.0,
                reverse=True,
            ),
            "paper": BicycleGANRecipe(drawing="labels", paper=False, reverse=True),
            "pix2pix": Pix2PixRecipe(reverse=True),
        },
        evaluate=evaluate_plans,
    ),
}


@dataclass(frozen=True)
class Ablation:
    """What adversary, extra photos, roughened drawings and codes buy a sketch model, at an equal number of pictures."""

    model: Annotated[Literal["edges-to-shoes", "edges-to-handbags"], tyro.conf.Positional]
    data: str
    """All pairs."""
    official: str
    """The pairs among them whose drawings are the set's own, with the validation pairs."""
    images: int = 3000
    """Pictures that each variant sees."""
    to: Path | None = None
    """runs/ablation-MODEL by default."""
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from ..data.download import obtain
        from ..ui.sketch.drawings import BAGS, SHOES, drawings
        from .ablation import sketch_ablation

        hands = list(drawings(SHOES if self.model == "edges-to-shoes" else BAGS).values())
        data, official = (obtain(name, self.cache) for name in (self.data, self.official))
        to = self.to or Path("runs") / f"ablation-{self.model}"
        sketch_ablation(self.model, data, official, hands, to, self.images, cache=self.cache)


EXPERIMENTS = {"sketches": Ablation}
