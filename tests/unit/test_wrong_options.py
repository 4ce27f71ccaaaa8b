"""Options that mean nothing are refused in one sentence before anything is read or written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cgan_demo import catalog, cli
from cgan_demo.console import LEAST
from cgan_demo.errors import CganDemoError, InputError
from cgan_demo.training import command as commands
from cgan_demo.training.loop import RunSettings
from cgan_demo.training.task import keywords

PIX2PIX, AGES = ("map-to-aerial", "paper"), ("face-aging", "paper")
WRONG = [
    (PIX2PIX, "--crop 60 --depth 5", "crop is 60: give a multiple of 32"),
    (PIX2PIX, "--crop 320 --depth 5", "do not fit pictures of 286 px: give a load size from 319"),
    (PIX2PIX, "--load-size 10", "do not fit pictures of 10 px"),
    (PIX2PIX, "--crop 8 --depth 3", "crop is 8: give a whole number from 24"),
    (PIX2PIX, "--depth 1", "depth is 1: give a whole number from 2"),
    (PIX2PIX, "--depth 40", "depth is 40"),
    (PIX2PIX, "--crop -64", "crop is -64"),
    (PIX2PIX, "--batch 0", "batch is 0"),
    (PIX2PIX, "--batch -3", "batch is -3"),
    (PIX2PIX, "--width 0", "width is 0"),
    (PIX2PIX, "--width 100000000", "width is 100000000"),
    (PIX2PIX, "--seed -1", "--seed is -1"),
    (PIX2PIX, "--workers -1", "--workers is -1"),
    (PIX2PIX, "--checkpoint-minutes -1", "time between checkpoints is -1"),
    (PIX2PIX, "--checkpoint-minutes nan", "time between checkpoints is nan"),
    (PIX2PIX, "--precision fp16", "fp16 needs a GPU"),
    (PIX2PIX, "--warm-start nowhere", "nothing at nowhere"),
    (("map-to-aerial", "nonesuch"), "", "has no recipe nonesuch"),
    (("super-resolution", "srgan"), "--vgg nowhere.safetensors", "nothing at nowhere.safetensors"),
    (("map-to-aerial", "bundled"), "--crop 100", "crop is 100: give a multiple of 32"),
    (("map-to-aerial", "bundled"), "--crop 32 --batch 1", "batch is 1"),
    (("edges-to-shoes", "bundled"), "--crop 96", "crop is 96: give a multiple of 64"),
    (AGES, "--load-size 100", "load size is 100: give one of 32, 64"),
    (AGES, "--batch 1", "batch is 1"),
    (("face-aging", "bundled"), "--load-size 100", "load size is 100: give a multiple of 32"),
    (("super-resolution", "srgan"), "--content relu9_9", "no layer 'relu9_9'"),
    (("text-to-flower", "bundled"), "--batch 3", "batch is 3: give a multiple of 2, such as 2 or 4"),
    (("text-to-flower", "int-cls"), "--load-size 128", "load size is 128: give one of 64"),
    (("text-to-flower", "style"), "--load-size 100", "load size is 100"),
    (("latent-faces", "bundled"), "--batch 1", "batch is 1: give a multiple of 2"),
    (("latent-faces", "dcgan"), "--load-size 96", "load size is 96: give one of 64, 128"),
    (("latent-faces", "wgan"), "--batch 2", "batch is 2: give a whole number from 5"),
]
COMPARED = {  # of each comparison, a number that means nothing
    "pix2pix": "--data d --images 0",
    "sketches": "edges-to-shoes --data d --official o --images -1",
    "ageing-games": "--data d --width 0",
    "text": "--data d --samples 0",
    "objectives": "--data d --judge-width 0",
}
UNKNOWN = [
    (PIX2PIX, "--content relu2_2"),
    (PIX2PIX, "--base ."),
    (PIX2PIX, "--no-such-thing 1"),
    (("map-to-aerial", "bundled"), "--crop 96 --width 32"),
    (AGES, "--crop 96"),
    (("super-resolution", "plain"), "--load-size 64"),
    (("face-aging", "bundled"), "--scenes ."),
]


@pytest.mark.parametrize(("what", "options", "words"), WRONG, ids=[f"{m}-{r} {o}" for (m, r), o, _ in WRONG])
def test_a_wrong_option_is_one_sentence(what, options, words, tmp_path, capsys) -> None:
    model, recipe = what
    _refused(["--images", "8", "--recipe", recipe, *options.split()], words, tmp_path, capsys, model)


@pytest.mark.parametrize(("what", "options"), UNKNOWN, ids=[f"{m}-{r} {o}" for (m, r), o in UNKNOWN])
def test_an_option_that_the_recipe_does_not_have_is_refused(what, options, tmp_path, capsys) -> None:
    model, recipe = what
    with pytest.raises(SystemExit) as ended:
        cli.main(
            ["train", model, "--data", str(tmp_path / "data"), "--images", "8", "--recipe", recipe, *options.split()]
        )
    assert ended.value.code == 2 and "Unrecognized options" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ("--images 0", "--images is 0: give a whole number from 1"),
        ("--images -5", "--images is -5"),
        ("--hours 0", "0.0 hours is none: give --hours a number above 0"),
        ("--hours -1", "-1.0 hours is none"),
        ("--hours nan", "nan hours is none"),
        ("--hours inf", "inf hours is none"),
        ("", "either --images or --hours"),
        ("--images 1 --hours 1", "not both"),
    ],
)
def test_a_budget_of_nothing_is_one_sentence(budget, words, tmp_path, capsys) -> None:
    _refused(budget.split(), words, tmp_path, capsys)


def _refused(options: list[str], words: str, tmp_path: Path, capsys, model: str = "map-to-aerial") -> None:
    """Before the data is looked for: there is none."""
    paths = ["--data", str(tmp_path / "data"), "--run-dir", str(tmp_path / "run"), "--cache", str(tmp_path / "cache")]
    assert cli.main(["train", model, *paths, *options]) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        *(f"compare {name} {words}" for name, words in COMPARED.items()),
        "directions weights --data d --principal -1",
        "evaluate map-to-aerial --data d --judge-images 0",
        "evaluate text-to-flower --data d --size 0",
        "serve --port -1",
        "serve --port 70000",
    ],
)
def test_every_command_looks_at_its_numbers(command: str, capsys) -> None:
    assert cli.main(command.split()) == 1
    said = capsys.readouterr().err
    assert "give a whole number" in said and len(said.splitlines()) == 1


def test_a_loop_used_from_python_has_no_budget_of_nothing() -> None:
    for wrong in ({"images": 0}, {"images": 8, "batch": 0}, {"images": 8, "precision": "half"}, {"hours": 0.0}):
        with pytest.raises(CganDemoError):
            RunSettings(**wrong)  # type: ignore[arg-type]
    assert RunSettings(images=8, batch=4).progress(4, 0.0) == 0.5
    assert RunSettings(hours=2.0).progress(0, 3600.0) == 0.5


@pytest.mark.parametrize(
    "recipe",
    [recipe for model in catalog.list_models() for recipe in catalog.task(model).recipes.values()],
    ids=lambda recipe: type(recipe).__name__,
)
def test_every_recipe_looks_at_its_own_numbers(recipe) -> None:
    """However it comes to be, by the command line or by `replace`."""
    for change in ({"batch": 0}, {"batch": 1.5}, {"precision": "half"}):
        with pytest.raises(InputError):
            replace(recipe, **change)


def test_every_number_has_a_least_value() -> None:
    """A number that is an option of a command is looked at: here, or where it is named."""
    elsewhere = {"hours", "checkpoint_minutes"}  # RunSettings
    protocols = [catalog.task(model).evaluate for model in catalog.list_models()]
    fixed = [*cli.COMMANDS.values(), *catalog.experiments().values(), commands._Train, commands._Evaluate]
    options = [(n, kind) for command in fixed for n, kind in getattr(command, "__annotations__", {}).items()]
    options += [(n, protocol.__annotations__[n]) for protocol in protocols for n in keywords(protocol)]
    assert {n for n, kind in options if kind.split(" ")[0] in ("int", "float")} <= set(LEAST) | elsewhere
