"""What the cards of the sketch models report: how true the photos look, and how many one drawing has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..data.paired import cached_pairs
from ..errors import DataError
from ..evaluation import metrics
from ..evaluation.report import Figures, table, without_nan
from ..evaluation.resnet import resnet50_thin
from ..evaluation.weave import weave_figures
from ..features import efficientnet_lite
from ..images import to_pixels
from ..objectives import perceptual_distance
from .drawn import with_drawings
from .light import SketchGenerator
from .paper import BicycleGenerator

VARIATIONS = 10
DIVERSE_DRAWINGS = 20

Painter = SketchGenerator | BicycleGenerator


@torch.inference_mode()
def photos_of(network: Painter, drawings: np.ndarray, seed: int = 0) -> np.ndarray:
    """One photo with a random code for each of the uint8 drawings (n, H, W, 3); drawing i draws from seed + i."""
    outputs = []
    for i, drawing in enumerate(drawings):
        rng = torch.Generator().manual_seed(seed + i)
        outputs.append(_paint(network, drawing, network.draw_codes(1, rng))[0])
    return np.stack(outputs)


def _paint(network: Painter, drawing: np.ndarray, codes: Tensor) -> np.ndarray:
    """uint8 (H, W, 3), codes (n, code) -> uint8 (n, H, W, 3)."""
    x = torch.from_numpy(np.array(drawing)).permute(2, 0, 1)[None].float() / 127.5 - 1
    y = network(x.expand(len(codes), -1, -1, -1), codes)
    return to_pixels(y)


def perceptual_distances(maps: list[Tensor]) -> Tensor:
    """Distances of all pairs of pictures, (n * (n - 1) / 2,), from their feature maps (n, C_i, H_i, W_i)."""
    n = len(maps[0])
    pairs = [([m[i : i + 1] for m in maps], [m[i + 1 :] for m in maps]) for i in range(n - 1)]
    wide = [([x.expand_as(y) for x, y in zip(one, rest, strict=True)], rest) for one, rest in pairs]
    return torch.cat([perceptual_distance(one, rest) for one, rest in wide])


@torch.inference_mode()
def diversity(pictures: np.ndarray, features: nn.Module) -> float:
    """Mean pairwise `perceptual_distances` of uint8 pictures (n, H, W, 3)."""
    x = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1
    return float(perceptual_distances(features(x)).mean())


def measure_sketches(
    network: Painter,
    validation: np.ndarray,
    training: np.ndarray,
    features: metrics.PooledFeatures,
    reverse: bool = False,
    seed: int = 0,
    second: metrics.PooledFeatures | None = None,
) -> Figures:
    """Figures of a sketch model on uint8 pairs (n, 2, H, W, 3).

    KID and FID between generated and true validation photos; the reference is as many true training photos. Diversity
    is that of 10 photos of one drawing, the mean over 20 drawings; the reference is that of 10 true photos of different
    things, the most there can be. The weave is how far periods of a few pixels stand out, see `evaluation.weave`.

    second: features of another family than any in the losses, for a second KID.
    """
    drawn, photo = (1, 0) if reverse else (0, 1)
    rng = np.random.default_rng(seed)
    others = training[np.sort(rng.permutation(len(training))[: len(validation)]), photo]
    real = metrics.embed(validation[:, photo], features)
    made = (photos_of(network, validation[:, drawn], seed), others)
    ours, floor = (metrics.embed(pictures, features) for pictures in made)
    further = weave_figures(made[0], np.array(validation[:, photo]))
    if second is not None:
        true, *both = (metrics.embed(pictures, second) for pictures in (validation[:, photo], *made))
        values = [metrics.kernel_distance(true, x)[0] for x in both]
        further = {"KID (ResNet-50-thin)": {"value": values[0], "reference": values[1]}, **further}
    codes = network.draw_codes(VARIATIONS, torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        spread = [diversity(_paint(network, d, codes), features.net) for d in validation[:DIVERSE_DRAWINGS, drawn]]
    return {
        "KID": {"value": metrics.kernel_distance(real, ours)[0], "reference": metrics.kernel_distance(real, floor)[0]},
        "FID": {"value": metrics.frechet_distance(real, ours), "reference": metrics.frechet_distance(real, floor)},
        "diversity": {
            "value": float(np.mean(spread)),
            "reference": diversity(validation[:VARIATIONS, photo], features.net),
        },
        **further,
    }


def evaluate_sketches(
    model_id: str,
    network: nn.Module,
    data: Path,
    cache: Path,
    features: metrics.PooledFeatures | None = None,
    size: int = 256,
    seed: int = 0,
    *,
    reverse: bool = False,
    hed: Path | None = None,
) -> dict:
    """Measure a sketch model on the validation pairs at `size` px, print a table and return it (JSON-able).

    See `measure_sketches`.

    reverse: the right-hand picture of a pair is the drawing.
    hed: of photos without drawings, draw them with HED; see the recipe's option.
    """
    if not isinstance(network, SketchGenerator | BicycleGenerator):
        raise DataError(f"There is no protocol for {type(network).__name__}, which paints without a code.")
    if network.drawing == "lines":
        data = with_drawings(data, cache, hed, reverse)
    second = None if features else metrics.PooledFeatures(resnet50_thin())
    features = features or metrics.PooledFeatures(efficientnet_lite("lite2"))
    validation, training = (cached_pairs(data, size, cache, split) for split in ("val", "train"))
    figures = measure_sketches(network.eval(), validation, training, features, reverse, seed, second)
    report = {"model": model_id, "pairs": len(validation), "size": size, "seed": seed, "reference": "true photos"}
    report["figures"] = without_nan(figures)
    print(table(report))
    return report
