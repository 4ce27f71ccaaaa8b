"""Several recipes trained on equally many pictures, measured alike, in one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import DataError
from ..evaluation.report import Figures, shown, without_nan
from . import record
from .loop import RunSettings, train
from .task import Recipe, taken


@dataclass(frozen=True)
class Variant:
    """One row of a comparison: how and on what it is trained.

    options: what the recipe's `prepare` takes by keyword.
    """

    recipe: Recipe
    data: Path
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Where the rows' runs lie and how long each trains, in pictures seen.

    model_id: that of the catalog whose task the recipes belong to.
    """

    model_id: str
    out: Path
    images: int
    cache: Path
    seed: int = 0
    cpu: bool = False

    def run(
        self,
        variants: Mapping[str, Variant],
        measure: Callable[[nn.Module], Figures],
        title: str,
        truth: str,
        names: Sequence[str] | None = None,
    ) -> dict[str, dict]:
        """Train and measure the variants called `names`, or each; returns the figures of all that are done, by name.

        What is finished is taken over, what was interrupted goes on. Writes `out/table.md`, in which the references of
        the figures are the last row, called `truth`.

        Raises:
            DataError: there is no variant of such a name; or one was trained with another recipe.
        """
        unknown = set(names or ()) - set(variants)
        if unknown:
            known = "; ".join(variants)
            raise DataError(f"There is no configuration {', '.join(sorted(unknown))}; there are {known}.")
        for name in names or variants:
            variant = variants[name]
            self._same(variant, run_folder(self.out, name))
            if self._measured(name) is not None:
                continue
            if not self._train(variant, run_folder(self.out, name)):
                break  # a signal: everything is saved, the same call goes on
            recipe, folder = variant.recipe, run_folder(self.out, name)
            figures = without_nan(measure(recipe.averaged(folder, **taken(recipe.averaged, variant.options))))
            report = {"images": self.images, "figures": figures}
            (folder / "figures.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        done = {name: f for name in variants if (f := self._measured(name)) is not None}
        if done:
            text = comparison_table(done, f"{title}, {self.images} pictures seen", truth)
            (self.out / "table.md").write_text(text + "\n", encoding="utf-8")
            print(text)
        return done

    def _measured(self, name: str) -> dict | None:
        path = run_folder(self.out, name) / "figures.json"
        report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return report["figures"] if report.get("images") == self.images else None

    def _same(self, variant: Variant, folder: Path) -> None:
        if other := record.differing(folder, variant.recipe):
            raise DataError(f"{folder} was trained with another {other.replace('_', ' ')}: give --to another folder.")

    def _train(self, variant: Variant, folder: Path) -> bool:
        """Train or go on training one variant; whether its budget is spent."""
        recipe = variant.recipe
        torch.manual_seed(self.seed)
        system, dataset = recipe.prepare(variant.data, self.seed, self.cache, **variant.options)
        settings = RunSettings.of(recipe, images=self.images, seed=self.seed, cpu=self.cpu)
        plan = record.Plan(self.model_id, seed=self.seed, options=dict(variant.options))
        if not record.begun(folder):
            record.keep(folder, plan, recipe, str(variant.data))
        return train(system, dataset, folder, settings).finished


def run_folder(out: Path, name: str) -> Path:
    """Where the run of the variant called `name` lies."""
    return out / name.lower().replace(", ", "-").replace(" ", "-").replace("+", "-")


def comparison_table(done: dict[str, dict], title: str, truth: str) -> str:
    """Figures by variant as a markdown table, their references in the last row."""
    columns = list(dict.fromkeys(c for figures in done.values() for c in figures))
    lines = [f"| {title} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    rows = {name: [figures.get(c, {}).get("value") for c in columns] for name, figures in done.items()}
    references = {c: row["reference"] for figures in done.values() for c, row in figures.items()}
    rows[truth] = [references[c] for c in columns]
    lines += [f"| {name} | " + " | ".join(shown(v) for v in values) + " |" for name, values in rows.items()]
    return "\n".join(lines)
