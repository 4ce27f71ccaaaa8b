"""`cgan-demo train`, `export` and `evaluate`: their options are those of the model and the recipe that are named.

So the first words are read twice: once for what is named, and then with the options that this has.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import shutil
import typing
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, make_dataclass, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Annotated, Any

import tyro

from .. import catalog, weights
from ..console import check_options
from ..data.download import obtain
from ..errors import InputError
from . import making, record
from .task import Recipe, keywords

# Values of recipes that had options of their own name, which go on being understood.
FORMER = ("batch", "crop", "load-size", "width", "depth", "content", "made", "precision", "reverse")


@dataclass(frozen=True)
class _Named:
    """What a command names before its other options have a meaning."""

    model: Annotated[str, tyro.conf.Positional]
    """Model id, such as map-to-aerial, or a name of your own with --like."""
    like: str | None = None
    """The model of the catalog that one of your own is made like, such as edges-to-shoes."""


@dataclass(frozen=True)
class _Train(_Named):
    data: str = ""
    """Folder with what is trained on, an archive, or a published set: maps, facades, edges2shoes, edges2handbags."""
    hours: float | None = None
    """Budget in hours, for all stages together; or give --images."""
    images: int | None = None
    """Budget in pictures seen."""
    recipe_name: Annotated[str | None, tyro.conf.arg(name="recipe")] = None
    """Train with this recipe alone; without it, go through the model's stages."""
    stage: str | None = None
    """Train this stage alone, after those before it."""
    run_dir: Path | None = None
    """Where checkpoints, samples and stats go; runs/MODEL by default. An existing run goes on."""
    seed: int | None = None
    """0 by default."""
    cpu: bool = False
    workers: int = 0
    checkpoint_minutes: float = 5.0
    cache: Path = Path("runs/cache")
    warm_start: Path | None = None
    """A weights folder whose generator a new run begins with; a run with a checkpoint goes on from that."""
    evaluate: bool = True
    """Measure the model when the last stage is done."""


@dataclass(frozen=True)
class _Export(_Named):
    run_dir: Path | None = None
    """runs/MODEL by default."""
    to: Path | None = None
    """Target folder; weights/MODEL by default."""
    recipe_name: Annotated[str | None, tyro.conf.arg(name="recipe")] = None
    """Of a folder that has no run.json; bundled by default."""
    stage: str | None = None
    """Of a model with several: the last by default."""


@dataclass(frozen=True)
class _Evaluate(_Named):
    data: str = ""
    """Folder or archive with what the figures are measured on."""
    weights: Path | None = None
    """Weights folder; by default the one the page would use."""
    to: Path | None = None
    """Also write the figures as JSON."""
    cache: Path = Path("runs/cache")


def train(arguments: Sequence[str]) -> None:
    """`cgan-demo train`: a run of one recipe or stage, or all stages of a model, with the figures of the result."""
    arguments = _renamed(arguments)
    named = _model_first(_Train, arguments, "train")
    task = catalog.task(named.model, named.like)
    run_dir = named.run_dir or Path("runs") / named.model
    if named.recipe and named.stage:
        raise InputError("Both a --recipe and a --stage are named: leave one of them out.")
    stage = making.named_stage(named.model, task, named.stage) if named.stage else None
    several = named.recipe is None and len(task.stages) > 1 and not record.recorded(run_dir)
    if several if stage is None else stage.work is not None:
        return _train_all(arguments, run_dir, named.stage)
    folder = making.folder_of(run_dir, task, stage.name) if stage else run_dir
    plan = record.planned(folder, named.model, named.like, named.recipe or named.stage)
    before = making.recipe_of(plan)
    given = _parse(_with_options(_Train, before.prepare, recipe=before), arguments, "train")
    recipe: Any = replace(before, **vars(given.recipe))  # type: ignore[type-var]
    order = _order(given, run_dir, plan.recipe, _changes(before, recipe), _options(given, before.prepare))
    if stage:
        making.make(order, only=stage.name)
    elif making.train_run(order) and given.evaluate and plan.recipe == task.stages[-1].name:
        making.try_to_measure(order, run_dir / making.WEIGHTS)


def _train_all(arguments: Sequence[str], run_dir: Path, only: str | None) -> None:
    """The stages of a model, whose recipes are as they are; or one that is no training."""
    named = _named(arguments)
    task = catalog.task(named.model, named.like)
    functions = [task.recipe(named.model, s.name).prepare for s in task.stages if s.work is None]
    given = _parse(_with_options(_Train, *functions), arguments, "train")
    order = _order(given, run_dir, None, {}, _options(given, *functions))
    folder = making.make(order, only)
    if folder is not None:
        print(f"Made {folder}.")
        if given.evaluate and only is None:
            making.try_to_measure(order, folder)


def export(arguments: Sequence[str]) -> None:
    """`cgan-demo export`: write the averaged network of a run as a weights folder (safetensors and config)."""
    named = _model_first(_Export, arguments, "export")
    task, run_dir = catalog.task(named.model, named.like), named.run_dir or Path("runs") / named.model
    if not record.recorded(run_dir) and len(task.stages) > 1:
        run_dir = run_dir / making.named_stage(named.model, task, named.stage or task.stages[-1].name).name
    if (run_dir / making.WEIGHTS).is_dir() and not record.recorded(run_dir):  # of a stage that is no training
        given: Any = _parse(_Export, arguments, "export")
        to = given.to or Path("weights") / given.model
        shutil.copytree(run_dir / making.WEIGHTS, to, dirs_exist_ok=True)
    else:
        base = {} if named.base is None else {"base": named.base}
        plan = record.planned(run_dir, named.model, named.like, named.recipe, options=base)
        averaged = making.recipe_of(plan).averaged
        given = _parse(_with_options(_Export, averaged), arguments, "export")
        to = given.to or Path("weights") / given.model
        making.export(run_dir, plan, to, **_options(given, averaged))
    print(f"Wrote {to}.")


def evaluate(arguments: Sequence[str]) -> None:
    """`cgan-demo evaluate`: measure a model on its validation set with the paper's protocols."""
    named = _model_first(_Evaluate, arguments, "evaluate")
    protocol = catalog.task(named.model, named.like).evaluate
    given: Any = _parse(_with_options(_Evaluate, protocol), arguments, "evaluate")
    _needed(given.data)
    folder = given.weights or weights.find(given.model)
    data = obtain(given.data, given.cache)
    figures = making.measure(given.model, given.like, folder, data, given.cache, **_options(given, protocol))
    if given.to is not None:
        given.to.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def compare(arguments: Sequence[str]) -> None:
    """`cgan-demo compare`: train variants equally long, which differ in one thing, and measure them in one table."""
    experiments = catalog.experiments()
    experiment = tyro.extras.subcommand_cli_from_dict(experiments, args=list(arguments), prog="cgan-demo compare")
    check_options(experiment)
    experiment.run()


def _needed(data: str) -> None:
    if not data:
        raise InputError("There is nothing to look at: give a folder, an archive or a published set as --data.")


def _parse(kind: type, arguments: Sequence[str], name: str) -> Any:
    about = globals()[name].__doc__
    given: Any = tyro.cli(kind, args=list(arguments), prog=f"cgan-demo {name}", description=about)
    check_options(given)
    return given


def _model_first(kind: type, arguments: Sequence[str], name: str) -> argparse.Namespace:
    """What the command names; without a model in the first place it can only be helped.

    Raises:
        InputError: the model is not named first.
    """
    named = _named(arguments)
    if named.model is None:
        _parse(kind, arguments, name)
        raise InputError(f"Name the model first: cgan-demo {name} MODEL, and then the options.")
    return named


def _named(arguments: Sequence[str]) -> argparse.Namespace:
    """Model, like, recipe, stage, run folder and base, whatever else is said."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in ("--like", "--recipe", "--stage"):
        parser.add_argument(option)
    for option in ("--run-dir", "--base"):
        parser.add_argument(option, type=Path)
    known, rest = parser.parse_known_args(list(arguments))
    known.model = rest[0] if rest and not rest[0].startswith("-") else None
    return known


def _renamed(arguments: Sequence[str]) -> list[str]:
    """With `--batch 4` as `--recipe.batch 4`, which it was called before; `--reverse True` has become a switch."""
    words = [w.replace("_", "-") if w.startswith("--") else w for w in arguments]
    if "--reverse" in words[:-1] and words[at := words.index("--reverse") + 1] in ("True", "False"):
        words[at - 1 : at + 1] = ["--reverse" if words[at] == "True" else "--no-reverse"]
    names = {f"--{no}{name}": f"--recipe.{no}{name}" for name in FORMER for no in ("", "no-")}
    return [names.get(word, word) for word in words]


def _with_options(kind: type, *functions: Callable[..., Any], recipe: Recipe | None = None) -> type:
    """The command's dataclass with what the functions take by keyword, and the values of a recipe."""
    fields: dict[str, Any] = {}
    for function in filter(keywords, functions):
        hints, help_of = typing.get_type_hints(function), _help(function)
        for name in keywords(function):
            default = inspect.signature(function).parameters[name].default
            option = tyro.conf.arg(help=help_of.get(name, ""))
            fields[name] = (name, Annotated[hints[name], option], field(default=default))
    if recipe is not None:
        values = _values(recipe)
        fields["recipe"] = ("recipe", values, field(default=values()))
    return make_dataclass(kind.__name__.strip("_"), list(fields.values()), bases=(kind,), frozen=True)


def _values(recipe: Recipe) -> type:
    """The values of a recipe by themselves, as its defaults; unlike the recipe, they are not looked at when made."""
    hints, names = typing.get_type_hints(type(recipe)), [f.name for f in dataclass_fields(recipe)]  # type: ignore[arg-type]
    help_of = _said(inspect.getdoc(type(recipe)) or "", names)
    made = [
        (n, Annotated[hints[n], tyro.conf.arg(help=help_of.get(n, ""))], field(default=getattr(recipe, n)))
        for n in names
    ]
    return make_dataclass(type(recipe).__name__, made, frozen=True)


def _help(function: Callable[..., Any]) -> dict[str, str]:
    return _said(inspect.getdoc(function) or "", keywords(function))


def _said(text: str, names: Sequence[str]) -> dict[str, str]:
    """What a docstring says of each name, of the form `name: text`, up to the next or an empty line."""
    known = "|".join(map(re.escape, names)) or "$^"
    found = re.findall(rf"\b((?:(?:{known}), )*(?:{known})): (.*?)(?=\n\s*\n|\b\w+(?:, \w+)*: |\Z)", text, re.S)
    return {name: " ".join(said.split()) for named, said in found for name in named.split(", ")}


def _options(given: Any, *functions: Callable[..., Any]) -> dict[str, Any]:
    """Those options of the functions that were given."""
    names = {name for function in functions for name in keywords(function)}
    return {name: value for name in sorted(names) if (value := getattr(given, name)) is not None}


def _changes(before: Recipe, after: Recipe) -> dict[str, Any]:
    """The values that the command line changed of a recipe, as JSON has them."""
    old, new = (json.loads(json.dumps(asdict(recipe))) for recipe in (before, after))  # type: ignore[call-overload]
    return {name: new[name] for name in new if new[name] != old[name]}


def _order(
    given: Any, run_dir: Path, recipe: str | None, changed: dict[str, Any], options: dict[str, Any]
) -> making.Order:
    _needed(given.data)
    if given.warm_start is not None:
        options = options | {"warm_start": given.warm_start}
    return making.Order(
        model=given.model,
        data=given.data,
        run_dir=run_dir,
        cache=given.cache,
        budget=making.Budget(given.images, given.hours),
        like=given.like,
        recipe=recipe,
        seed=given.seed,
        changed=changed,
        options=options,
        workers=given.workers,
        cpu=given.cpu,
        checkpoint_minutes=given.checkpoint_minutes,
    )
