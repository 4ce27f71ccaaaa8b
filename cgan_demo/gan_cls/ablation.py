"""The paper's four variants trained equally long, measured alike, in one table; and a sheet of what they paint."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from ..evaluation.report import Figures
from ..features import EfficientNetLite
from ..training.comparison import Comparison, Variant, run_folder
from ..training.loop import RunSettings, train
from ..weights import CONFIG, save_network
from .encoder_training import EncoderRecipe
from .judge import JUDGE_IMAGES
from .paper import PaperRecipe
from .predictor import TextPainter
from .protocol import SAMPLES, distance_figures, make, match_figures, ruler

VARIANTS: dict[str, dict] = {
    "GAN": {"matching": False, "between": False},
    "GAN-CLS": {"between": False},
    "GAN-INT": {"matching": False},
    "GAN-INT-CLS": {},
}
PAPER = PaperRecipe()
SENTENCES = (
    "this flower has red petals and a yellow center",
    "a white flower with pointed petals and yellow stamen",
    "the petals are purple and rounded with a dark middle",
    "this flower is blue with many thin petals",
)


def embedding(
    data: Path,
    out: Path,
    cache: Path,
    images: int = 250_000,
    recipe: EncoderRecipe = EncoderRecipe(),
    features: EfficientNetLite | None = None,
    seed: int = 0,
    cpu: bool = False,
) -> Path:
    """A weights folder in `out` with the embedding that sentences are read with, trained where it is missing.

    features: see `EncoderRecipe.prepare`.
    """
    folder = out / "reader"
    if not (folder / CONFIG).is_file():
        torch.manual_seed(seed)
        system, stream = recipe.prepare(data, seed, cache, features)
        train(system, stream, out / "encoder", RunSettings.of(recipe, images=images, seed=seed, cpu=cpu))
        save_network(recipe.averaged(out / "encoder"), folder, "gan_cls")
    return folder


def text_ablation(
    data: Path,
    base: Path,
    out: Path,
    images: int = 20_000,
    names: Sequence[str] | None = None,
    cache: Path = Path("runs/cache"),
    recipe: PaperRecipe = PAPER,
    samples: int = SAMPLES,
    judge_images: int = JUDGE_IMAGES,
    net: nn.Module | None = None,
    seed: int = 0,
    cpu: bool = False,
) -> dict[str, dict]:
    """Train each of `VARIANTS` (or those in `names`) on `images` pictures, and measure them on held-out captions.

    See `training.comparison.Comparison.run`. Returns the figures of all variants measured so far, by name.

    Args:
        base: the weights folder of the embedding, as `embedding` makes it or the recipe `encoder` is exported.
        samples, judge_images, net: see `protocol.evaluate`.
    """

    @functools.cache
    def tools():
        return ruler(data, recipe.load_size, cache, judge_images, net)

    def measure(network: nn.Module) -> Figures:
        figures: Figures = {}
        for split in ("val", "unseen"):
            made = make(network.eval(), tools(), split, samples)
            figures |= distance_figures(made, tools(), split) | match_figures(made, tools(), split)
        return {name: pair for name, pair in figures.items() if "share" not in name}

    variants = {name: Variant(replace(recipe, **changes), data, {"base": base}) for name, changes in VARIANTS.items()}
    comparison = Comparison("text-to-flower", out, images, cache, seed, cpu)
    return comparison.run(variants, measure, "text to image, the paper's networks", "real pictures", names)


def trained(out: Path, base: Path, recipe: PaperRecipe = PAPER) -> dict[str, nn.Module]:
    """The averaged networks of an ablation in `out`, by variant, as far as they are there."""
    return {
        name: replace(recipe, **changes).averaged(run_folder(out, name), base=base)
        for name, changes in VARIANTS.items()
        if run_folder(out, name).is_dir()
    }


def sheet(
    networks: Mapping[str, nn.Module],
    sentences: Sequence[str] = SENTENCES,
    count: int = 8,
    seed: int = 0,
    side: int = 64,
) -> Image.Image:
    """For each sentence a row of `count` pictures by each network, column by column of the same seed."""
    width, line = 110, 22
    rows = len(sentences) * len(networks)
    picture = Image.new("RGB", (width + side * count, rows * side + line * len(sentences)), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    painters = {name: TextPainter(network, "cpu", name) for name, network in networks.items()}  # type: ignore[arg-type]
    y = 0
    for sentence in sentences:
        pen.text((6, y + line / 2), sentence, "black", font, anchor="lm")
        y += line
        for name, painter in painters.items():
            pen.text((6, y + side / 2), name, "black", font, anchor="lm")
            for x, made in enumerate(painter.variations(sentence, count, seed)):
                picture.paste(made.resize((side, side), Image.Resampling.LANCZOS), (width + side * x, y))
            y += side
    return picture
