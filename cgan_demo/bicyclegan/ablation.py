"""What the parts of the sketch recipe buy: adversary, extra photos, roughened drawings, codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from ..data.paired import cached_pairs
from ..evaluation import metrics
from ..evaluation.report import Figures
from ..features import efficientnet_lite
from ..pix2pix.evaluation import translate
from ..pix2pix.paper import Pix2PixRecipe
from ..training.comparison import Comparison, Variant
from .evaluation import DIVERSE_DRAWINGS, VARIATIONS, diversity, measure_sketches, photos_of
from .light import SketchGenerator, SketchRecipe

SIZE = 128  # px at which all is trained and measured: a quarter of the cost of 256 px
BICUBIC = Image.Resampling.BICUBIC
HAND_SEEDS = 8  # photos of each drawing by hand
DROPOUT = Pix2PixRecipe(width=32, depth=6, discriminator_width=32, batch=4, load_size=SIZE, crop=SIZE)


def sketch_ablation(
    model_id: str,
    data: Path,
    official: Path,
    hands: Sequence[Image.Image],
    out: Path,
    images: int = 3000,
    names: Sequence[str] | None = None,
    cache: Path = Path("runs/cache"),
    base: SketchRecipe = SketchRecipe(),
    dropout: Pix2PixRecipe = DROPOUT,
    features: metrics.PooledFeatures | None = None,
    seed: int = 0,
    cpu: bool = False,
) -> dict[str, dict]:
    """Train a sketch model with parts of its recipe left out, each on `images` pictures, and measure it.

    See `Comparison.run`. Measured are KID, FID and diversity (`measure_sketches`) on the validation pairs of
    `official`, and KID between its photos and those made of drawings by hand. All at `SIZE`.

    Args:
        data: all pairs. official: the pairs among them whose drawings are the set's own; where these are all there are,
            the row trained on them alone is left out, since it would be the recipe's own again.
        hands: square drawings by hand, which no training has seen.
        dropout: pix2pix as published, whose only noise is dropout.
    """
    base = replace(base, load_size=SIZE, crop=SIZE)
    features = features or metrics.PooledFeatures(efficientnet_lite("lite2"))
    validation, training = (cached_pairs(official, SIZE, cache, split) for split in ("val", "train"))
    real = metrics.embed(validation[:, 1], features)
    by_hand = np.stack([np.asarray(hand.convert("RGB").resize((SIZE, SIZE), BICUBIC)) for hand in hands])

    def measure(network: nn.Module) -> Figures:
        if not isinstance(network, SketchGenerator):
            return _dropout_figures(network, validation, features, seed)
        figures = measure_sketches(network, validation, training, features, seed=seed)
        made = photos_of(network, np.repeat(by_hand, HAND_SEEDS, 0), seed)
        value = metrics.kernel_distance(real, metrics.embed(made, features))[0]
        return figures | {"KID, drawn by hand": {"value": value, "reference": figures["KID"]["reference"]}}

    variants = _variants(base, dropout, data, official)
    comparison = Comparison(model_id, out, images, cache, seed, cpu)
    return comparison.run(variants, measure, model_id, "true photos", names)


def _variants(base: SketchRecipe, dropout: Pix2PixRecipe, data: Path, official: Path) -> dict[str, Variant]:
    """The rows of the table by name; see `sketch_ablation`."""
    rows = {
        "bundled recipe": Variant(base, data),
        "L1 alone": Variant(replace(base, adversarial_weight=0.0, feature_weight=0.0), data),
        "official pairs alone": Variant(base, official),
        "drawings as they are": Variant(replace(base, roughen=False), data),
        "pix2pix, dropout as noise": Variant(dropout, official),
    }
    if data.resolve() == official.resolve():
        del rows["official pairs alone"]
    return rows


def _dropout_figures(
    network: nn.Module, validation: np.ndarray, features: metrics.PooledFeatures, seed: int
) -> Figures:
    """Diversity of a generator whose noise is dropout."""
    spreads = []
    for drawing in validation[:DIVERSE_DRAWINGS, 0]:
        made = translate(network, np.repeat(drawing[None], VARIATIONS, 0), seed)
        with torch.inference_mode():
            spreads.append(diversity(made, features.net))
    reference = diversity(validation[:VARIATIONS, 1], features.net)
    return {"diversity": {"value": float(np.mean(spreads)), "reference": reference}}
