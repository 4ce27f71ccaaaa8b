"""What the two games of the paper's recipe do, as in its figures: with both, without D_z, without D_img."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from ..evaluation import metrics
from ..evaluation.report import Figures
from ..features import efficientnet_lite
from ..training.comparison import Comparison, Variant
from . import workshop
from .aged import age_all
from .dataset import load_faces
from .evaluation import age_figures, kid_figures, reconstruction_figures
from .judges import cached_judge
from .predictor import Ager
from .recipes import RECIPES, PaperRecipe

VARIANTS: dict[str, dict] = {
    "both games": {},
    "without D_z": {"code_game": False},
    "without D_img": {"face_game": False},
}
SHOWN = (
    "age error",
    "rising steps of 9",
    "RMSE of the copy",
    "perceptual distance of the copy",
    "KID, mean over groups",
)


def ageing_ablation(
    data: Path,
    out: Path,
    images: int = 6000,
    names: Sequence[str] | None = None,
    cache: Path = Path("runs/cache"),
    base: PaperRecipe | None = None,
    judge_images: int = workshop.JUDGE_IMAGES,
    count: int = 100,
    features: metrics.PooledFeatures | None = None,
    seed: int = 0,
    cpu: bool = False,
) -> dict[str, dict]:
    """Train the paper's recipe with and without each game on `images` faces, and measure each on `count` faces.

    See `training.comparison.Comparison.run`. Returns the figures of all variants measured so far, by name.
    """
    base = base or RECIPES["face-aging"]["paper"]  # type: ignore[assignment]
    assert isinstance(base, PaperRecipe)
    features = features or metrics.PooledFeatures(efficientnet_lite("lite2"))
    training, validation = load_faces(data, base.load_size, cache)

    def measure(network: nn.Module) -> Figures:
        aged = age_all(network, validation, count)
        figures, _ = age_figures(aged, cached_judge(training, features.net, judge_images, cache))
        figures |= reconstruction_figures(aged, features.net) | kid_figures(aged, training, validation, features)
        return {name: figures[name] for name in SHOWN if name in figures}

    variants = {name: Variant(replace(base, **changes), data) for name, changes in VARIANTS.items()}
    comparison = Comparison(workshop, "face-aging", out, images, cache, seed, cpu)
    return comparison.run(variants, measure, "face ageing, the paper's recipe", "true faces", names)


def sheet(networks: dict[str, nn.Module], faces: Sequence[Image.Image], side: int = 96) -> Image.Image:
    """Rows of each face by each network: itself, its copy, ten ages. Give made faces, not those of persons."""
    width, line = 130, 22
    groups = ("input", "copy", "0-5", "6-10", "11-15", "16-20", "21-30", "31-40", "41-50", "51-60", "61-70", "71+")
    picture = Image.new("RGB", (width + side * len(groups), line + side * len(faces) * len(networks)), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for x, group in enumerate(groups):
        pen.text((width + side * (x + 0.5), line - 5), group, "black", font, anchor="ms")
    y = line
    for face in faces:
        for name, network in networks.items():
            pen.text((6, y + side / 2), name, "black", font, anchor="lm")
            ager = Ager(network)
            read = ager.encode(face)
            with torch.inference_mode():
                copy = ager.decode(read, min(max(read.age, 1), 77), detail=0)
            for x, shown in enumerate([face, copy, *ager.decode_all(read, detail=0)]):
                picture.paste(shown.resize((side, side), Image.Resampling.LANCZOS), (width + side * x, y))
            y += side
    return picture
