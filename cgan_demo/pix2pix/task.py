"""What the command line needs of this room: the recipes of its models, their protocols, and the paper's ablation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..training.task import Task
from .evaluation import evaluate_aerials, evaluate_edges, evaluate_maps
from .light import INK_AND_PAPER, LightRecipe
from .paper import Pix2PixRecipe

# Red, green, blue of the colours that cover 94 % of the pixels of the training maps to within 10/255 (k-medians), and a
# weight that goes with one over the square root of the class's share (ground .70, street .09, highway .02, water .14,
# park .13): thin streets and rare highways would hardly move an unweighted mean.
_MAP_COLOURS = (
    (233, 229, 223, 0.6),
    (243, 241, 235, 0.6),
    (238, 236, 230, 0.6),
    (229, 226, 220, 0.6),
    (223, 219, 213, 0.6),
    (254, 253, 249, 1.8),
    (245, 160, 43, 5.0),
    (247, 222, 134, 5.0),
    (177, 208, 254, 2.0),
    (170, 199, 238, 2.0),
    (203, 223, 170, 1.6),
    (206, 210, 188, 1.6),
)
MAP_PALETTE = tuple((r / 127.5 - 1, g / 127.5 - 1, b / 127.5 - 1) for r, g, b, _ in _MAP_COLOURS)
MAP_PALETTE_WEIGHTS = tuple(w for *_, w in _MAP_COLOURS)

TASKS: dict[str, Task] = {
    "map-to-aerial": Task(
        recipes={
            "bundled": LightRecipe(noise_channels=2, contrast=(0.843, 0.804, 0.741, 0.1), reverse=True),
            "paper": Pix2PixRecipe(rotations=True, reverse=True),
        },
        evaluate=evaluate_aerials,
    ),
    "aerial-to-map": Task(
        recipes={
            "bundled": LightRecipe(
                widths=(32, 64, 128, 192),
                contrast=(-0.55, -0.5, -0.55, 0.3),
                guide=True,
                palette=MAP_PALETTE,
                palette_class_weights=MAP_PALETTE_WEIGHTS,
                l1_weight=10.0,
                palette_weight=1.0,
                feature_weight=1.0,
                adversarial_weight=0.1,
                augment=0.0,
                input_jitter=0.2,
                lr=8e-4,
            ),
            "paper": Pix2PixRecipe(rotations=True),
        },
        evaluate=evaluate_maps,
    ),
    "photo-to-edges": Task(
        recipes={
            "bundled": LightRecipe(
                widths=(24, 48, 96, 128),
                guide=True,
                palette=INK_AND_PAPER,
                palette_class_weights=(3.0, 1.0),  # ink is 2 % of the picture
                palette_weight=1.0,
                l1_weight=1.0,
                feature_weight=0.0,
                adversarial_weight=0.0,
                augment=0.0,
                input_jitter=0.2,
                lr=8e-4,
                load_size=256,
                crop=128,
                rotations=False,
                reverse=True,
            ),
            "paper": Pix2PixRecipe(reverse=True),
        },
        evaluate=evaluate_edges,
    ),
}


@dataclass(frozen=True)
class Ablation:
    """The paper's ablation of pix2pix: objectives, skips and patch sizes at an equal number of pictures seen."""

    data: str
    images: int = 20000
    """Crops that each configuration sees."""
    batch: int = 4
    to: Path = Path("runs/ablation")
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from ..data.download import obtain
        from .ablation import ablation

        ablation(obtain(self.data, self.cache), self.to, self.images, cache=self.cache, batch=self.batch)


EXPERIMENTS = {"pix2pix": Ablation}
