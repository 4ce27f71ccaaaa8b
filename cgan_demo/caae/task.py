"""What the command line needs of face ageing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..training.task import Task
from .autoencoder import AgeingRecipe
from .evaluation import evaluate
from .light import PairsRecipe
from .paper import PaperRecipe

TASKS = {
    "face-aging": Task({"bundled": PairsRecipe(), "paper": PaperRecipe(), "autoencoder": AgeingRecipe()}, evaluate)
}


@dataclass(frozen=True)
class AgeingGames:
    """What D_z and D_img buy the paper's face ageing, at an equal number of faces; a table and a sheet of faces."""

    data: str
    images: int = 6000
    """Faces that each variant sees."""
    width: int = 64
    """Channels of the generator at its largest maps; the paper's are 64."""
    faces: Path = Path("assets/faces")
    """Aligned faces for the sheet."""
    also: tuple[str, ...] = ("face-aging",)
    """Models of the catalog that the sheet shows, too."""
    to: Path = Path("runs/ablation-face-aging")
    cache: Path = Path("runs/cache")

    def run(self) -> None:
        from .. import weights
        from ..data.download import obtain
        from ..data.pictures import read_picture
        from .ablation import ageing_ablation, sheet, trained

        recipe = PaperRecipe(width=self.width)
        ageing_ablation(obtain(self.data, self.cache), self.to, self.images, cache=self.cache, base=recipe)
        networks = trained(self.to, recipe) | {
            name: weights.load_network(weights.find(name)).eval() for name in self.also
        }
        pictures = [read_picture(path) for path in sorted(self.faces.glob("*.png"))[1:8:3]]
        sheet(networks, pictures).save(self.to / "sheet.jpg", quality=90)


EXPERIMENTS = {"ageing-games": AgeingGames}
