"""The paper's four variants trained equally long, measured alike, in one table; and a sheet of what they paint."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from ..data.download import obtain
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
SENTENCES = (
    "this flower has red petals and a yellow center",
    "a white flower with pointed petals and yellow stamen",
    "the petals are purple and rounded with a dark middle",
    "this flower is blue with many thin petals",
)


@dataclass(frozen=True)
class TextVariants:
    """The paper's GAN, GAN-CLS, GAN-INT and GAN-INT-CLS at an equal number of pictures: a table and a sheet."""

    data: str
    base: Path | None = None
    """Weights folder whose sentence encoder is used, such as weights/text-to-flower; by default one is trained."""
    images: int = 20000
    """Pictures that each variant sees."""
    width: int = 128
    """Channels of the generator at 32 px; the paper's are 128."""
    batch: int = 64
    samples: int = SAMPLES
    """Pictures made for each split to measure."""
    judge_images: int = JUDGE_IMAGES
    """Pictures that the judge of matches is trained on."""
    to: Path = Path("runs/ablation-text")
    cache: Path = Path("runs/cache")
    cpu: bool = False

    def run(self) -> None:
        base = self.base or self.embedding()
        self.compare(base)
        sheet(self.trained(base)).save(self.to / "sheet.png")

    def recipes(self) -> dict[str, PaperRecipe]:
        """Of the variants, by name."""
        paper = PaperRecipe(width=self.width, judge_width=max(1, self.width // 2), batch=self.batch)
        return {name: replace(paper, **changes) for name, changes in VARIANTS.items()}

    def embedding(
        self, images: int = 250_000, recipe: EncoderRecipe = EncoderRecipe(), features: EfficientNetLite | None = None
    ) -> Path:
        """A weights folder with the embedding that sentences are read with, trained where it is missing.

        features: see `EncoderRecipe.prepare`.
        """
        folder, run = self.to / "reader", self.to / "encoder"
        if not (folder / CONFIG).is_file():
            torch.manual_seed(0)
            system, stream = recipe.prepare(obtain(self.data, self.cache), 0, self.cache, features)
            train(system, stream, run, RunSettings.of(recipe, images=images, cpu=self.cpu))
            save_network(recipe.averaged(run), folder, "gan_cls")
        return folder

    def compare(self, base: Path, net: nn.Module | None = None) -> dict[str, dict]:
        """Train each of the variants, and measure them on held-out captions; see `training.comparison.Comparison.run`.

        base: the weights folder of the embedding, as `embedding` makes it. net: see `protocol.evaluate`.

        Returns: the figures of all variants measured so far, by name.
        """
        data = obtain(self.data, self.cache)
        size = PaperRecipe().load_size
        tools = functools.cache(lambda: ruler(data, size, self.cache, self.judge_images, net))

        def measure(network: nn.Module) -> Figures:
            figures: Figures = {}
            for split in ("val", "unseen"):
                made = make(network.eval(), tools(), split, self.samples)
                figures |= distance_figures(made, tools(), split) | match_figures(made, tools(), split)
            return {name: pair for name, pair in figures.items() if "share" not in name}

        variants = {name: Variant(recipe, data, {"base": base}) for name, recipe in self.recipes().items()}
        comparison = Comparison("text-to-flower", self.to, self.images, self.cache, cpu=self.cpu)
        return comparison.run(variants, measure, "text to image, the paper's networks", "real pictures")

    def trained(self, base: Path) -> dict[str, nn.Module]:
        """The averaged networks, by variant, as far as they are there."""
        folders = {name: run_folder(self.to, name) for name in VARIANTS}
        return {n: r.averaged(folders[n], base=base) for n, r in self.recipes().items() if folders[n].is_dir()}


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
