"""What the command line needs of face ageing."""

from __future__ import annotations

from ..training.task import Task
from .ablation import AgeingGames
from .autoencoder import AgeingRecipe
from .evaluation import evaluate
from .light import PairsRecipe
from .paper import PaperRecipe

RECIPES = {"bundled": PairsRecipe(), "paper": PaperRecipe(), "autoencoder": AgeingRecipe()}
TASKS = {"face-aging": Task(RECIPES, evaluate)}
EXPERIMENTS = {"ageing-games": AgeingGames}
