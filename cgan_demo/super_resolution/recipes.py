"""Recipes of super-resolution: every hyperparameter of a training, frozen.

The bundled model is trained in four steps, each on what the one before it left: plain, matching, faithful, sharp.
The papers' own recipes lie beside it, see `paper_recipes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import Checked
from .paper_recipes import PAPERS, PaperRecipe


@dataclass(frozen=True)
class Sizes:
    """Sizes of the bundled networks, see `transfer.ReferenceSR`."""

    width: int = 64
    blocks: int = 8
    description: int = 32
    fine: int = 56
    coarse: int = 96
    transfer_blocks: tuple[int, int] = (2, 4)


@dataclass(frozen=True)
class PlainRecipe(Checked):
    """Plain super-resolution by L1 alone.

    side: px of the patches at high resolution.
    """

    sizes: Sizes = Sizes()
    side: int = 128
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 8
    ema_half_life: float = 1000.0
    precision: str = "no"


@dataclass(frozen=True)
class MatchingRecipe(Checked):
    """The describer: at low resolution it learns to point at the patch that is most alike at high resolution.

    asked: places of each patch that are looked at, drawn at random.
    detail: weight of the detail, which low resolution does not show, beside the rest in what is alike.
    sure: temperature of the truth; the smaller, the fewer of the best patches count.
    """

    sizes: Sizes = Sizes()
    side: int = 160
    asked: int = 400
    detail: float = 2.0
    sure: float = 0.04
    temperature: float = 0.05
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 4
    ema_half_life: float = 1000.0
    precision: str = "no"


@dataclass(frozen=True)
class TransferRecipe(Checked):
    """The transfer networks.

    loss = l1_weight * L1 + feature_weight * distance in frozen features, from afar and closer up +
    texture_weight * Gram matrices of what was made and of what the reference says there, weighted by how well it suits
    (equation 5 of the paper) + adversarial_weight * hinge of a projected discriminator, which looks closer up.

    network: the part that learns, "faithful" or "sharp".
    alone: share of the patches that come without a reference.
    shares, reach: of pairs, parts of the same photo, strangers; and how large; see `dataset.ReferencePatches`.
    ramp: progress over which the adversarial weight rises from 0 to full.
    """

    network: str = "faithful"
    sizes: Sizes = Sizes()
    side: int = 160
    shares: tuple[float, float, float] = (0.5, 0.25, 0.25)
    reach: float = 1.5
    alone: float = 0.0
    l1_weight: float = 1.0
    feature_weight: float = 0.0
    texture_weight: float = 0.0
    adversarial_weight: float = 0.0
    grid_weight: float = 0.0
    ramp: tuple[float, float] = (0.0, 0.1)
    augment: float = 0.2
    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.99)
    batch: int = 4
    ema_half_life: float = 1000.0
    precision: str = "no"


SHARP = TransferRecipe(
    "sharp",
    shares=(0.5, 0.35, 0.15),
    alone=0.6,
    l1_weight=1.0,
    feature_weight=1.0,
    texture_weight=0.5,
    adversarial_weight=0.1,
    grid_weight=50.0,
    lr=3e-4,
    betas=(0.0, 0.99),
    ema_half_life=2000.0,
)

Recipe = PlainRecipe | MatchingRecipe | TransferRecipe | PaperRecipe
RECIPES: dict[str, Recipe] = {
    "plain": PlainRecipe(),
    "matching": MatchingRecipe(),
    "faithful": TransferRecipe(),
    "sharp": SHARP,
    **PAPERS,
}
