"""The paper's ablation (Isola et al., sections 4.2 to 4.4) on our data: objectives, skips and patch sizes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from torch import nn

from ..data.paired import cached_pairs
from ..evaluation import metrics
from ..evaluation.report import Figures
from ..training.comparison import Comparison, Variant
from .evaluation import AerialReference, aerial_reference, measure_aerials, translate
from .paper import Pix2PixRecipe

SIZE = 256  # px at which aerials are measured

CONFIGURATIONS: dict[str, dict] = {
    "L1": {"objective": "L1"},
    "cGAN": {"objective": "cGAN"},
    "L1+cGAN": {},
    "L1+cGAN, encoder-decoder": {"generator": "encoder-decoder"},
    "L1+cGAN, patch 1": {"patch": 1},
    "L1+cGAN, patch 16": {"patch": 16},
}
SMALL = Pix2PixRecipe(  # the paper's recipe, small enough for a processor; crops at the scale that is measured
    width=32, depth=6, discriminator_width=32, load_size=256, crop=128, batch=4, rotations=True, reverse=True
)


def ablation(
    data: Path,
    out: Path,
    images: int = 20000,
    names: Sequence[str] | None = None,
    cache: Path = Path("runs/cache"),
    batch: int = 4,
    base: Pix2PixRecipe = SMALL,
    recogniser_images: int = 6000,
    features: metrics.PooledFeatures | None = None,
    seed: int = 0,
    cpu: bool = False,
) -> dict[str, dict]:
    """Train map -> aerial by each of `CONFIGURATIONS` (or those in `names`) on `images` crops, and measure them.

    See `Comparison.run`. Returns the figures of all configurations measured so far, by name.
    """
    validation = cached_pairs(data, SIZE, cache, "val")

    @functools.cache
    def reference() -> AerialReference:
        training = cached_pairs(data, SIZE, cache, "train")
        return aerial_reference(training, validation, cache, recogniser_images, features)

    def measure(network: nn.Module) -> Figures:
        return measure_aerials(translate(network, validation[:, 1], seed), reference())

    variants = {name: Variant(replace(base, batch=batch, **changes), data) for name, changes in CONFIGURATIONS.items()}
    comparison = Comparison("map-to-aerial", out, images, cache, seed, cpu)
    return comparison.run(variants, measure, "map to aerial", "true aerials", names)
