"""What the two games of the paper's recipe do, as in its figures: with both, without D_z, without D_img."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from torch import nn

from .. import weights
from ..data.ages import GROUPS
from ..data.download import obtain
from ..data.faces import load_faces
from ..data.pictures import read_picture
from ..evaluation import metrics
from ..evaluation.age_judge import JUDGE_IMAGES, cached_judge
from ..evaluation.report import Figures
from ..features import efficientnet_lite
from ..images import to_pil
from ..training.comparison import Comparison, Variant, run_folder
from .aged import age_all
from .evaluation import age_figures, kid_figures, reconstruction_figures
from .paper import PaperRecipe
from .predictor import Ager

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


@dataclass(frozen=True)
class AgeingGames:
    """What D_z and D_img buy the paper's face ageing, at an equal number of faces; a table and a sheet of faces."""

    data: str
    images: int = 6000
    """Faces that each variant sees."""
    width: int = 64
    """Channels of the generator at its largest maps; the paper's are 64."""
    judge_images: int = JUDGE_IMAGES
    """Faces that the judge of ages is trained on."""
    faces: Path = Path("assets/faces")
    """Aligned faces for the sheet."""
    also: tuple[str, ...] = ("face-aging",)
    """Models of the catalog that the sheet shows, too."""
    to: Path = Path("runs/ablation-face-aging")
    cache: Path = Path("runs/cache")
    cpu: bool = False

    def run(self) -> None:
        recipe = PaperRecipe(width=self.width)
        self.compare(recipe)
        networks = {name: recipe.averaged(run_folder(self.to, name)) for name in VARIANTS}
        networks |= {name: weights.load_network(weights.find(name)).eval() for name in self.also}
        pictures = [read_picture(path) for path in sorted(self.faces.glob("*.png"))[1:8:3]]
        sheet(networks, pictures).save(self.to / "sheet.jpg", quality=90)

    def compare(
        self, recipe: PaperRecipe, count: int = 100, features: metrics.PooledFeatures | None = None
    ) -> dict[str, dict]:
        """Train `recipe` with and without each game and measure each on `count` faces; see `Comparison.run`.

        Returns: the figures of all variants measured so far, by name.
        """
        features = features or metrics.PooledFeatures(efficientnet_lite("lite2"))
        data = obtain(self.data, self.cache)
        training, validation = load_faces(data, recipe.load_size, self.cache)

        def measure(network: nn.Module) -> Figures:
            aged = age_all(network, validation, count)
            figures, _ = age_figures(aged, cached_judge(training, features.net, self.judge_images, self.cache))
            figures |= reconstruction_figures(aged, features.net) | kid_figures(aged, training, validation, features)
            return {name: figures[name] for name in SHOWN if name in figures}

        variants = {name: Variant(replace(recipe, **changes), data) for name, changes in VARIANTS.items()}
        comparison = Comparison("face-aging", self.to, self.images, self.cache, cpu=self.cpu)
        return comparison.run(variants, measure, "face ageing, the paper's recipe", "true faces")


def sheet(networks: dict[str, nn.Module], faces: Sequence[Image.Image], side: int = 96) -> Image.Image:
    """Rows of each face by each network: itself, its copy, ten ages. Give made faces, not those of persons."""
    width, line, columns = 130, 22, ("input", "copy", *GROUPS)
    picture = Image.new("RGB", (width + side * len(columns), line + side * len(faces) * len(networks)), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for x, title in enumerate(column.replace("–", "-") for column in columns):  # the font has no dash
        pen.text((width + side * (x + 0.5), line - 5), title, "black", font, anchor="ms")
    agers = {name: Ager(network) for name, network in networks.items()}
    for row, (face, (name, ager)) in enumerate(product(faces, agers.items())):
        y = line + side * row
        pen.text((6, y + side / 2), name, "black", font, anchor="lm")
        read = ager.encode(face)
        copy = to_pil(read.plain.clamp(-1, 1).cpu())
        for x, shown in enumerate([face, copy, *ager.decode_all(read, detail=0)]):
            picture.paste(shown.resize((side, side), Image.Resampling.LANCZOS), (width + side * x, y))
    return picture
