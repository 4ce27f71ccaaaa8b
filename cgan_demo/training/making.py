"""From an order to a model: one run that goes on where it stopped, or the stages of a model one after the other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState

from .. import catalog, weights
from ..data.download import obtain
from ..errors import CganDemoError, DataError, TrainingError
from ..files import atomic
from . import record
from .loop import RunSettings, train
from .task import Recipe, Stage, Task, keywords, taken

WEIGHTS, SPENT = "weights", "spent.json"  # in a run's folder: what it was exported to, and for which budget


@dataclass(frozen=True)
class Budget:
    """How long to train: one of pictures seen and hours."""

    images: int | None = None
    hours: float | None = None

    def part(self, share: float) -> Budget:
        """This share of it, at least one picture."""
        if self.images is not None:
            return Budget(images=max(1, round(self.images * share)))
        return Budget(hours=None if self.hours is None else self.hours * share)


@dataclass(frozen=True)
class Order:
    """What is to be trained, and on what; everything that `run.json` keeps, and how it is computed.

    model: an id, of the catalog or your own. like: the model of the catalog that your own is made like.
    data: a folder, an archive, or a published set's name. changed: what the recipe is to differ in. options: what the
    recipe's `prepare` takes by keyword, and `warm_start`.
    """

    model: str
    data: str
    run_dir: Path
    cache: Path
    budget: Budget
    like: str | None = None
    recipe: str | None = None
    seed: int | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    workers: int = 0
    cpu: bool = False
    checkpoint_minutes: float = 5.0

    def plan(self) -> record.Plan:
        """What the order asks for and, where it says nothing, what the run was begun with; see `record.planned`."""
        return record.planned(
            self.run_dir, self.model, self.like, self.recipe, self.seed, self.changed, dict(self.options)
        )


def task_of(plan: record.Plan) -> Task:
    """The task of a run, of a model of the catalog or of one's own."""
    return catalog.task(plan.model, plan.like)


def recipe_of(plan: record.Plan) -> Recipe:
    """The recipe of a run with everything that its commands changed of it."""
    return plan.recipe_of(task_of(plan).recipe(plan.model, plan.recipe))


def train_run(order: Order) -> bool:
    """Train one recipe, or go on; once the budget is spent, export to `weights` in the run's folder.

    Returns: whether the budget is spent; else a signal stopped it, and the same order goes on.

    Raises:
        DataError, InputError, TrainingError: see `record.planned`, `Recipe.prepare` and `loop.train`.
    """
    plan = order.plan()
    recipe = recipe_of(plan)
    settings = RunSettings.of(
        recipe,
        images=order.budget.images,
        hours=order.budget.hours,
        seed=plan.seed,
        checkpoint_minutes=order.checkpoint_minutes,
        workers=order.workers,
        cpu=order.cpu,
    )
    options = {name: value for name, value in plan.options.items() if name != "warm_start"}
    refuse(plan, recipe, options)
    data, goes_on = obtain(order.data, order.cache), record.begun(order.run_dir)
    torch.manual_seed(plan.seed)  # the networks' first weights
    system, dataset = recipe.prepare(data, plan.seed, order.cache, **options)
    if not goes_on:
        if "warm_start" in plan.options:
            recipe.warm_start(system, Path(plan.options["warm_start"]))
        record.keep(order.run_dir, plan, recipe, order.data)
    result = train(system, dataset, order.run_dir, settings)
    record.keep(order.run_dir, plan, recipe, order.data)  # of a folder from before, whose checkpoint has fitted
    state = "finished" if result.finished else "stopped; run the command again to go on"
    print(f"{order.run_dir}: {result.images} images in {result.seconds / 3600:.2f} h, {state}.")
    if result.finished and system.accelerator.is_main_process:
        export(order.run_dir, plan, order.run_dir / WEIGHTS)
        _spend(order)
    system.accelerator.wait_for_everyone()  # the next stage begins with what was exported
    return result.finished


def refuse(plan: record.Plan, recipe: Recipe, options: Mapping[str, Any]) -> None:
    """Answer an option that the recipe has no use for, before anything is read.

    Raises:
        DataError: there is one; it is named as the command line does.
    """
    known = keywords(recipe.prepare)
    for name in options:
        if name not in known:
            option = f"--{name.replace('_', '-')}"
            raise DataError(f"The recipe {plan.recipe} of {plan.model} has no use for {option}: leave {option} out.")


def export(run_dir: Path, plan: record.Plan, to: Path, **options: Any) -> Path:
    """Write the averaged network of a run as a weights folder: safetensors and config.

    options: what the recipe's `averaged` takes by keyword, beside what the run was begun with.

    Raises:
        DataError: there is no checkpoint yet, or one of another recipe.
    """
    recipe = recipe_of(plan)
    network = recipe.averaged(run_dir, **(taken(recipe.averaged, plan.options) | options))
    return weights.save_network(network, to, catalog.get(plan.like or plan.model).system)


def folder_of(run_dir: Path, task: Task, stage: str) -> Path:
    """Where the run of a stage lies: of a model with one stage alone, in the model's folder itself."""
    return run_dir if len(task.stages) == 1 else run_dir / stage


def named_stage(model: str, task: Task, name: str) -> Stage:
    """The stage called `name`.

    Raises:
        DataError: there is none; it lists those there are.
    """
    found = next((stage for stage in task.stages if stage.name == name), None)
    if found is None:
        raise DataError(f"{model} has no stage {name}; it has {', '.join(s.name for s in task.stages)}.")
    return found


def make(order: Order, only: str | None = None) -> Path | None:
    """Go through the stages of a model, or through one; what is done already is passed over.

    The order's budget is that of all stages together, or of the one; its `recipe` is None, and its options go to the
    stages that take them.

    Returns: the folder with the weights of the last stage; None where a signal stopped it: the same order goes on.

    Raises:
        DataError: the stage before the one asked for has not been made, or an option that no stage takes.
    """
    task = catalog.task(order.model, order.like)
    if only is None and "base" in order.options:
        raise DataError("Each stage gets what the one before it left: leave --base out, or name a --stage.")
    stages = task.stages if only is None else (named_stage(order.model, task, only),)
    whole_share = sum(stage.share for stage in stages if stage.work is None)
    for stage in stages:
        folder = folder_of(order.run_dir, task, stage.name)
        before = _before(order, task, stage)
        if stage.work is not None:
            assert before is not None
            with PartialState().main_process_first():
                if PartialState().is_main_process:
                    _work(stage, before, folder / WEIGHTS, order)
        elif not _made(order, task, stage, before, folder, stage.share / whole_share):
            return None
        order = replace(order, options={k: v for k, v in order.options.items() if k != "warm_start"})  # the first's
    return folder / WEIGHTS


def _before(order: Order, task: Task, stage: Stage) -> Path | None:
    """What the stage before this one was exported to."""
    if stage.takes in order.options:
        return order.options[stage.takes]
    if not stage.takes and stage.work is None:
        return None
    earlier = task.stages[task.stages.index(stage) - 1].name
    folder = folder_of(order.run_dir, task, earlier) / WEIGHTS
    if not (folder / weights.CONFIG).is_file():
        raise DataError(f"The stage {stage.name} goes on from {earlier}, which is not made yet: make that first.")
    return folder


def _made(order: Order, task: Task, stage: Stage, before: Path | None, folder: Path, share: float) -> bool:
    """Train a stage, unless this budget has been spent on it; whether it is done."""
    part = order.budget.part(share)
    options = taken(task.recipe(order.model, stage.name).prepare, order.options)
    if not record.begun(folder):
        begins = {"warm_start": order.options.get("warm_start"), stage.takes: before}
        options |= {name: path for name, path in begins.items() if path is not None}
    its = replace(order, run_dir=folder, recipe=stage.name, budget=part, options=options)
    if _spent(folder) == asdict(part):
        print(f"{folder}: made already.")
        return True
    print(f"{order.model}: {stage.name}")
    return train_run(its)


def _work(stage: Stage, before: Path, folder: Path, order: Order) -> None:
    """What a stage does to a copy of the weights before it; done anew each time, since they may have changed."""
    assert stage.work is not None
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(before, partial)
    stage.work(partial, obtain(order.data, order.cache), order.cache)
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def _spend(order: Order) -> None:
    with atomic(order.run_dir / SPENT, TrainingError) as file:
        file.write(json.dumps(asdict(order.budget)).encode())


def _spent(folder: Path) -> dict[str, Any] | None:
    """The budget that a run's weights had; None where there are none."""
    try:
        return json.loads((folder / SPENT).read_text(encoding="utf-8")) if (folder / WEIGHTS).is_dir() else None
    except (OSError, ValueError):
        return None


def measure(model: str, like: str | None, folder: Path, data: Path, cache: Path, **options: Any) -> dict:
    """The figures of a weights folder by its task's protocol, which prints a table."""
    task = catalog.task(model, like)
    return task.evaluate(model, weights.load_network(folder), data, cache, **options)


def try_to_measure(order: Order, folder: Path) -> None:
    """`measure` after a training, of whose success a missing validation set does not take anything away."""
    try:
        options = taken(catalog.task(order.model, order.like).evaluate, order.options)
        measure(order.model, order.like, folder, obtain(order.data, order.cache), order.cache, **options)
    except CganDemoError as error:
        print(f"Not measured: {error}")
