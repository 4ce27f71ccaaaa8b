"""What a run folder says of how it was begun: `run.json`, written once and read by whatever goes on with the run.

    {"model": "my-maps", "like": "map-to-aerial", "recipe": "paper", "seed": 0, "data": "maps",
     "changed": {"width": 32}, "settings": {every value of the recipe}, "options": {"base": "runs/reader/weights"}}

`_today` brings what was written before to this form. The oldest folders have at most `changed.json`, what their last
command changed of the recipe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from .. import catalog
from ..errors import DataError, TrainingError
from ..files import atomic
from . import checkpoint

Recipe = TypeVar("Recipe")

FILE, OLDER = "run.json", "changed.json"
FREE = frozenset({"precision"})  # how it is computed, not what is learned: it may differ from start to start


@dataclass(frozen=True)
class Plan:
    """How a run is begun, or goes on.

    like: the model of the catalog that one's own is made like. recipe: its name. settings: values that differ from
    the recipe of that name, or might. options: of the command, such as "base". changed: what the first command changed
    of the recipe.
    """

    model: str
    like: str | None = None
    recipe: str = "bundled"
    seed: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def recipe_of(self, named: Recipe) -> Recipe:
        """The recipe of that name with the run's own values.

        Raises:
            DataError: the recipe has no such values.
            InputError: a value that it cannot have.
        """
        return restored(named, self.settings)


def begun(run_dir: Path) -> bool:
    """Whether there is something to go on from."""
    return (run_dir / checkpoint.NAME).is_file()


def recorded(run_dir: Path) -> bool:
    """Whether a run was begun in the folder, even if it was stopped before its first checkpoint."""
    return any((run_dir / name).is_file() for name in (FILE, OLDER, checkpoint.NAME))


def planned(
    run_dir: Path,
    model: str,
    like: str | None = None,
    recipe: str | None = None,
    seed: int | None = None,
    changed: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Plan:
    """What a command asks of a run, and, where it says nothing, what the run was begun with.

    A folder without a checkpoint gives way to a command that asks for something else.

    Args: None where the command does not say.

    Raises:
        DataError: the run was begun otherwise; or its record cannot be read.
    """
    kept = _read(run_dir)
    asked = {"model": model, "like": like, "recipe": recipe, "seed": seed}
    said = {**(changed or {}), **(options or {})}
    asked |= {name: value for name, value in said.items() if not isinstance(value, Path)}  # folders may move
    if wrong := next((name for name, value in asked.items() if _contradicts(kept, name, value)), None):
        if begun(run_dir):
            raise DataError(_contradiction(run_dir, wrong, _kept(kept, wrong), asked[wrong], wrong in (changed or {})))
        kept = {}
    first: dict[str, Any] = {k: v for k, v in asked.items() if v is not None}
    return Plan(
        model,
        first.get("like", kept.get("like")),
        first.get("recipe", kept.get("recipe", "bundled")),
        first.get("seed", kept.get("seed", 0)),
        {**kept.get("settings", kept.get("changed", {})), **(changed or {})},
        dict(kept.get("changed", {}) if "settings" in kept else {**kept.get("changed", {}), **(changed or {})}),
        {
            **{k: _there(k, v) for k, v in kept.get("options", {}).items() if k not in (options or {})},
            **(options or {}),
        },
    )


def keep(run_dir: Path, plan: Plan, recipe: Any, data: str = "") -> None:
    """Write the record of a run that is being begun, or that is from before there were such records.

    Raises:
        TrainingError: the disk is full or may not be written.
    """
    if begun(run_dir) and (run_dir / FILE).is_file():
        return
    made = {
        "model": plan.model,
        "like": plan.like,
        "recipe": plan.recipe,
        "seed": plan.seed,
        "data": data,
        "changed": plan.changed,
        "settings": asdict(recipe),
        "options": {k: str(v.resolve()) if isinstance(v, Path) else v for k, v in plan.options.items()},
    }
    with atomic(run_dir / FILE, TrainingError) as file:
        file.write((json.dumps(made, indent=1) + "\n").encode())


def differing(run_dir: Path, recipe: Any) -> str | None:
    """Name of a value in which `recipe` is not the one that the run was begun with; None where there is none."""
    kept, now = _read(run_dir).get("settings", {}), json.loads(json.dumps(asdict(recipe)))
    return next((name for name in kept if name not in FREE and kept[name] != now.get(name)), None)


def restored(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """`recipe` with these values, as JSON has them.

    Raises:
        DataError: it has no such values.
    """
    names = {f.name for f in fields(recipe)}  # type: ignore[arg-type]
    if unknown := sorted(set(values) - names):
        raise DataError(f"This recipe has no {unknown[0]}: name the one that the run was begun with, by --recipe.")
    return replace(recipe, **{k: _like(getattr(recipe, k), v) for k, v in values.items()})  # type: ignore[type-var]


def _like(default: Any, value: Any) -> Any:
    if is_dataclass(default) and isinstance(value, dict):
        return restored(default, value)
    return tuple(_like(None, v) for v in value) if isinstance(value, list) else value


def _read(run_dir: Path) -> dict[str, Any]:
    """The record; {"changed": ...} of a folder from before; {} where there is none."""
    for name in (FILE, OLDER):
        path = run_dir / name
        if path.is_file():
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                assert isinstance(found, dict)
            except (ValueError, AssertionError) as error:
                raise DataError(f"{path} cannot be read: put back what was in it, or choose another folder.") from error
            return _today(found) if name == FILE else {"changed": found}
    return {}


def _today(kept: dict[str, Any]) -> dict[str, Any]:
    """A record as it is written today: the system of one's own model became the model it is like, `reverse` a value of
    the recipe, which for one's own pairs was off, and `network` of the transfer networks' recipe `part`."""
    kept, options, settings = dict(kept), dict(kept.get("options", {})), dict(kept.get("settings", {}))
    row = next((model for model in catalog.MODELS if model.id == kept.get("model")), None)
    if row is not None and row.system == "bicyclegan" and kept.get("recipe") == "paper" and "objective" in settings:
        kept["recipe"] = "pix2pix"  # which was all that sketch models had of a paper
    system, own = kept.pop("system", None), all(model.id != kept.get("model") for model in catalog.MODELS)
    reverse = options.pop("reverse", None)
    if own and system is not None:
        system = "bicyclegan" if "code" in settings and system == "pix2pix" else catalog.FORMER.get(system, system)
        first = next((model.id for model in catalog.MODELS if model.system == system), None)
        kept.setdefault("like", "edges-to-shoes" if system == "bicyclegan" else first)
        reverse = bool(reverse) if system in ("pix2pix", "bicyclegan") else None
    if reverse is not None:
        settings["reverse"] = reverse
    if "network" in settings:
        settings["part"] = settings.pop("network")
    return {**kept, "options": options, "settings": settings}


def _there(name: str, value: Any) -> Any:
    """An option as the run was begun with it; a path where it still is."""
    if not isinstance(value, str) or name == "warm_start":  # a run that goes on has no more use for that
        return value
    if not Path(value).exists():
        raise DataError(f"The run was begun with --{name} {value}, where nothing is any more: say where that is now.")
    return Path(value)


def _kept(kept: Mapping[str, Any], name: str) -> Any:
    if name in kept:
        return kept[name]
    return kept.get("settings", {}).get(name, kept.get("options", {}).get(name))


def _contradicts(kept: Mapping[str, Any], name: str, value: Any) -> bool:
    """Only of a whole record: what an older folder holds, its last command may have left out."""
    return "settings" in kept and value is not None and name not in FREE and _kept(kept, name) != value


def _contradiction(run_dir: Path, name: str, kept: Any, asked: Any, of_recipe: bool) -> str:
    if name == "model":
        return f"{run_dir} is a run of {kept}, not of {asked}: choose another --run-dir."
    option = f"--{'recipe.' * of_recipe}{name.replace('_', '-')}"
    was = f"without {option}" if kept is None else f"with {option} {kept}"
    return f"{run_dir} was begun {was}, not with {asked}: leave {option} out, or choose another --run-dir."
