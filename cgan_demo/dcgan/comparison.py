"""The six objectives trained equally long on the same data: one table, loss curves, and samples side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from .. import weights
from ..data.download import obtain
from ..errors import DataError
from ..evaluation import metrics
from ..evaluation.reduced import at_size
from ..evaluation.report import Figures
from ..features import efficientnet_lite
from ..images import to_pil
from ..training.comparison import Comparison, Variant, comparison_table, run_folder
from .dataset import load_pictures
from .evaluation import Enlarging, draws, likeness_figures, painted, some_pictures
from .model import LatentModel, latent_model
from .paper import OBJECTIVES

SIZE = 64  # px
COLORS = ("#3b6fb6", "#d1495b")  # of D and G
LIMIT = 400_000  # bytes, of a picture that the page shows


@dataclass(frozen=True)
class CompareObjectives:
    """Train DCGAN with each of six objectives on equally many pictures; a table, loss curves and samples."""

    data: str
    """A folder of pictures, such as flowers or UTKFace."""
    images: int = 60000
    """Pictures that each objective sees."""
    only: tuple[str, ...] = ()
    """Objectives by name; by default all of minimax, non-saturating, lsgan, wgan, wgan-gp, hinge."""
    width: int = 256
    """Channels of the generator at 4 px; the paper's are 1024."""
    judge_width: int = 32
    """Channels of the discriminator's first convolution; the paper's are 64."""
    batch: int = 64
    """Pictures that a step of the discriminator sees."""
    also: tuple[str, ...] = ()
    """Models of the catalog, or weights folders, that are measured and shown beside them."""
    to: Path = Path("runs/objectives")
    cache: Path = Path("runs/cache")
    cpu: bool = False

    def run(self) -> None:
        folders = [Path(name) if Path(name).is_dir() else weights.find(name) for name in self.also]
        self.compare({folder.name: latent_model(folder) for folder in folders})

    def variants(self, data: Path) -> dict[str, Variant]:
        """A recipe for each objective."""
        sizes: dict[str, Any] = {"width": self.width, "judge_width": self.judge_width, "load_size": SIZE}
        return {
            name: Variant(replace(recipe, batch=self.batch * recipe.critic_steps, **sizes), data)
            for name, recipe in OBJECTIVES.items()
        }

    def compare(
        self, also: Mapping[str, LatentModel], count: int = 1000, features: nn.Module | None = None
    ) -> dict[str, dict]:
        """Train each objective and measure it on `count` samples; see `Comparison.run`.

        Writes `table.md`, `curves.png` and `samples.png` to `to`.

        Args:
            also: other models, by name; those that paint more than `SIZE` px paint that from then on.
            features: frozen, by default EfficientNet-lite2, which no model here trains with.

        Returns: the figures of all that are done, by name.
        """
        looking = metrics.PooledFeatures(Enlarging(features or efficientnet_lite("lite2")))
        data = obtain(self.data, self.cache)
        both = load_pictures(data, SIZE, self.cache)
        training, validation = (metrics.embed(some_pictures(p, count), looking) for p in both)

        def measure(network: nn.Module) -> Figures:
            assert isinstance(network, LatentModel)
            made = metrics.embed(painted(network, draws(network, count)), looking)
            return likeness_figures(made, validation, training)

        variants, title = self.variants(data), f"{SIZE} px, width {self.width}"
        comparison = Comparison("latent-flowers", self.to, self.images, self.cache, cpu=self.cpu)
        done = comparison.run(variants, measure, title, "real pictures", self.only or None)
        rows = {name: _rows(run_folder(self.to, name)) for name in done}
        for name in rows:
            done[name]["minutes"] = {"value": rows[name][-1]["seconds"] / 60, "reference": None}
        networks = {name: variants[name].recipe.averaged(run_folder(self.to, name)) for name in done}
        for name, model in also.items():
            networks[name] = at_size(model, min(SIZE, model.size))
            done[name] = dict(measure(networks[name]))
        if done:
            text = comparison_table(done, f"{title}, {self.images} pictures seen", "real pictures")
            (self.to / "table.md").write_text(text + "\n", encoding="utf-8")
            print(text)
            curves(rows, self.to / "curves.png")
            sheet(networks).save(self.to / "samples.png")
        return done


def _rows(folder: Path) -> list[dict[str, float]]:
    """What a run reported, in the order in which it did."""
    return [json.loads(line) for line in (folder / "stats.jsonl").read_text(encoding="utf-8").splitlines()]


def curves(runs: Mapping[str, list[dict[str, float]]], path: Path) -> None:
    """Losses of D and G over the pictures seen, a field for each run: their scales are not to be compared."""
    from matplotlib.figure import Figure

    columns = min(3, len(runs))
    rows = -(-len(runs) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.4 * rows), layout="constrained")
    for i, (name, reported) in enumerate(runs.items()):
        axes = figure.add_subplot(rows, columns, i + 1)
        axes.set_title(name, fontsize=10)
        for key, color in zip(("d", "g"), COLORS, strict=True):
            told = [row for row in reported if key in row]
            axes.plot(
                [row["images"] / 1000 for row in told], [row[key] for row in told], color=color, lw=1, label=key.upper()
            )
        axes.tick_params(labelsize=8)
        axes.set_xlabel("thousand pictures seen", fontsize=8)
        axes.legend(fontsize=8, frameon=False)
    figure.savefig(path, dpi=150)


@torch.inference_mode()
def sheet(networks: Mapping[str, LatentModel | nn.Module], columns: int = 8, rows: int = 2) -> Image.Image:
    """Samples of the same seeds by each network, its name beside them."""
    margin, gap = 120, 10
    sizes = {name: int(net.size) for name, net in networks.items()}  # type: ignore[arg-type]
    height = sum(rows * s + gap for s in sizes.values())
    picture = Image.new("RGB", (margin + columns * max(sizes.values()), height), "white")
    pen, font, top = ImageDraw.Draw(picture), ImageFont.load_default(14), 0
    for name, network in networks.items():
        side = sizes[name]
        pen.text((6, top + rows * side / 2), name, "black", font, anchor="lm")
        made = network(draws(network, rows * columns))  # type: ignore[arg-type]
        for i, x in enumerate(made):
            picture.paste(to_pil(x), (margin + i % columns * side, top + i // columns * side))
        top += rows * side + gap
    return picture


def for_page(out: Path, assets: Path) -> list[Path]:
    """Put a comparison's table and pictures where the page looks for them; see `ui/latent/objectives.py`.

    Returns: `objectives.md`, `objectives-curves.png` and `objectives-samples.jpg` in `assets`; the pictures are of at
        most `LIMIT` bytes, the samples' small enough by their quality.

    Raises:
        DataError: the comparison is not done.
    """
    missing = [name for name in ("table.md", "curves.png", "samples.png") if not (out / name).is_file()]
    if missing:
        raise DataError(f"There is no {', '.join(missing)} in {out}: run `cgan-demo compare objectives` to its end.")
    table, lines, samples = (assets / f"objectives{end}" for end in (".md", "-curves.png", "-samples.jpg"))
    table.write_text((out / "table.md").read_text(encoding="utf-8"), encoding="utf-8")
    drawn = Image.open(out / "curves.png").convert("RGB")
    drawn.quantize(64, dither=Image.Dither.NONE).save(lines, optimize=True)  # few colours, hence few bytes
    sheet_of_all = Image.open(out / "samples.png").convert("RGB")
    for quality in (90, 80, 70, 60):
        sheet_of_all.save(samples, quality=quality, subsampling=0)
        if samples.stat().st_size <= LIMIT:
            break
    return [table, lines, samples]
