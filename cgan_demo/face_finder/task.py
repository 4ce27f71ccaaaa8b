"""What the command line needs of the face finder."""

from __future__ import annotations

from ..training.task import Task
from .evaluation import evaluate
from .light import FinderRecipe

TASKS = {"face-finder": Task({"bundled": FinderRecipe()}, evaluate)}
