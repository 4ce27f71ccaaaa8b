"""One command, one model: stages that follow each other, options that a recipe has, and what is said of others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_in_stages import ROOM, TASK

from cgan_demo import catalog, cli
from cgan_demo.training import checkpoint, loop, making
from cgan_demo.weights import load_network

MODEL = "map-to-aerial"


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The catalog's first model is one that learns a number in three stages."""
    known = {"mine", MODEL}

    def task(model_id: str, like: str | None = None):
        catalog.get(like or model_id)
        return TASK if {model_id, like} & known else None

    monkeypatch.setattr(catalog, "task", task)
    monkeypatch.setattr(catalog, "room", lambda system: ROOM)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()


def train(*words: str, model: str = MODEL, images: int = 40) -> int:
    return cli.main(["train", model, "--data", "data", "--images", str(images), "--cpu", *words])


def steps(folder: str) -> int:
    state = checkpoint.load(Path("runs") / folder)
    return 0 if state is None else state["images"]


def test_one_command_goes_through_all_stages_and_measures(capsys: pytest.CaptureFixture) -> None:
    assert train() == 0
    assert (steps(f"{MODEL}/first"), steps(f"{MODEL}/second")) == (30, 10)
    first, doubled, second = (load_network(f"runs/{MODEL}/{s}/weights") for s in ("first", "doubled", "second"))
    assert float(doubled.value) == pytest.approx(2 * float(first.value), rel=1e-3) and float(second.value) < 0
    assert float(second.before) == pytest.approx(float(doubled.value), rel=1e-3)  # it was given what was made before
    said = capsys.readouterr().out
    assert f"Made runs/{MODEL}/second/weights" in said and "Not measured: There is no val" in said


def test_what_is_made_is_passed_over_and_more_goes_on(capsys: pytest.CaptureFixture) -> None:
    assert train() == 0
    first = Path(f"runs/{MODEL}/first/{checkpoint.NAME}")
    before = first.read_bytes()
    capsys.readouterr()
    assert train() == 0 and first.read_bytes() == before
    assert capsys.readouterr().out.count("made already") == 2
    assert train(images=80) == 0 and (steps(f"{MODEL}/first"), steps(f"{MODEL}/second")) == (60, 20)


def test_a_signal_stops_it_and_the_same_command_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    original, stopped = loop.train, []

    def cut(system, dataset, run_dir, settings):
        if run_dir.name == "first" and not stopped:
            stopped.append(1)
            settings = loop.RunSettings.of(system.recipe, images=7, seed=settings.seed, cpu=True)
            original(system, dataset, run_dir, settings)
            return loop.TrainingResult(7, 1.0, finished=False)
        return original(system, dataset, run_dir, settings)

    monkeypatch.setattr(making, "train", cut)
    assert train() == 0
    assert steps(f"{MODEL}/first") == 7 and not Path(f"runs/{MODEL}/first/weights").exists()
    assert not Path(f"runs/{MODEL}/second").exists()
    assert train() == 0 and (steps(f"{MODEL}/first"), steps(f"{MODEL}/second")) == (30, 10)


def test_a_stage_alone_and_the_one_before_it(capsys: pytest.CaptureFixture) -> None:
    assert train("--stage", "second") == 1
    assert "goes on from doubled, which is not made yet" in capsys.readouterr().err
    assert train("--stage", "first", "--recipe.lr", "0.2") == 0 and train("--stage", "doubled") == 0
    assert train("--stage", "second") == 0 and steps(f"{MODEL}/second") == 40
    kept = json.loads(Path(f"runs/{MODEL}/first/run.json").read_text())
    assert kept["changed"] == {"lr": 0.2} and kept["recipe"] == "first"
    assert train("--stage", "third") == 1
    assert "has no stage third; it has first, doubled, second" in capsys.readouterr().err


def test_the_first_stage_or_the_one_asked_for_begins_with_the_weights_that_are_given() -> None:
    assert train("--stage", "first") == 0
    given = f"runs/{MODEL}/first/weights"
    assert train("--warm-start", given, "--run-dir", "whole", images=4) == 0
    kept = {s: json.loads(Path(f"whole/{s}/run.json").read_text())["options"] for s in ("first", "second")}
    assert kept["first"] == {"warm_start": str(Path(given).resolve())} and list(kept["second"]) == ["base"]
    begun = float(load_network(given).value)
    assert begun > 0.5 and float(load_network("whole/first/weights").value) == pytest.approx(begun, abs=0.4)
    assert train("--stage", "first", "--warm-start", given, "--run-dir", "alone", images=1) == 0
    assert float(load_network("alone/first/weights").value) == pytest.approx(begun, abs=0.2)


def test_a_recipe_alone_in_the_models_folder() -> None:
    assert train("--recipe", "paper", "--recipe.inner.width", "7", "--recipe.inner.steps", "3", "4", "5") == 0
    kept = json.loads(Path(f"runs/{MODEL}/run.json").read_text())
    assert kept["recipe"] == "paper" and kept["settings"]["inner"] == {"width": 7, "steps": [3, 4, 5]}
    assert train(images=60) == 0 and steps(MODEL) == 60  # it goes on as it was begun
    assert cli.main(["export", MODEL, "--to", "to"]) == 0 and Path("to/config.json").is_file()


def test_a_model_of_your_own_is_made_like_one_of_the_catalog(capsys: pytest.CaptureFixture) -> None:
    assert train(model="my-own") == 1
    assert "There is no model 'my-own'" in capsys.readouterr().err
    assert train("--like", MODEL, "--recipe", "first", model="my-own") == 0
    assert json.loads(Path("runs/my-own/run.json").read_text())["like"] == MODEL
    assert cli.main(["export", "my-own", "--like", MODEL, "--to", "to"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--recipe", "none"], "has no recipe none; it has first, second, paper"),
        (["--recipe", "first", "--stage", "first"], "leave one of them out"),
        (["--recipe", "first", "--recipe.batch", "0"], "batch is 0"),
        (["--base", "."], "Each stage gets what the one before it left"),
        (["--recipe", "first", "--warm-start", "nowhere"], "There is nothing at nowhere"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture) -> None:
    assert train(*words) == 1
    error = capsys.readouterr().err
    assert said in error and len(error.splitlines()) == 1


def test_the_model_is_named_first(capsys: pytest.CaptureFixture) -> None:
    for command in ("train", "export", "evaluate"):
        assert cli.main([command, "--cache", "c", MODEL] if command != "export" else [command, "--to", "t", MODEL]) == 1
        assert f"Name the model first: cgan-demo {command} MODEL" in capsys.readouterr().err
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize(
    "words", [["--recipe", "first", "--recipe.colour", "1"], ["--recipe.lr", "1"], ["--vgg", "x"], ["--recipe.lr", "y"]]
)
def test_unknown_options_are_refused(words: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        train(*words)
    assert not Path("runs").exists()


def test_help_lists_the_recipes_values_and_what_its_docstring_says(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        train("--recipe", "first", "--help")
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert ended.value.code == 0
    for words in ("--recipe.lr", "--extra", "a file that makes it better", "--recipe.inner.width"):
        assert words in said


def test_former_names_of_options_are_understood() -> None:
    assert train("--recipe", "first", "--batch", "2", "--precision", "no") == 0
    assert json.loads(Path(f"runs/{MODEL}/run.json").read_text())["changed"] == {"batch": 2}


def test_figures_are_measured_and_written(capsys: pytest.CaptureFixture) -> None:
    Path("data/val").mkdir()
    assert train() == 0
    words = ["evaluate", MODEL, "--data", "data", "--weights", f"runs/{MODEL}/second/weights", "--to", "f.json"]
    assert cli.main([*words, "--samples", "3"]) == 0
    assert json.loads(Path("f.json").read_text())["samples"] == 3
    with pytest.raises(SystemExit):
        cli.main([*words, "--judge-images", "3"])
