"""A run folder holds how it was begun: resuming and exporting read it, a contradiction is one sentence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from cgan_demo import catalog, cli
from cgan_demo.data.fake import write_fake_faces, write_fake_pairs
from cgan_demo.errors import DataError
from cgan_demo.training import checkpoint, record
from cgan_demo.training.comparison import Comparison, Variant
from cgan_demo.weights import load_network

TASK = catalog.task("map-to-aerial")
CHANGES = ["--width", "4", "--depth", "3", "--load-size", "40", "--crop", "32"]
PAPER = ["--recipe", "paper", *CHANGES, "--seed", "5", "--recipe.no-reverse"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fake_pairs(tmp_path_factory.mktemp("pairs"), count=4, size=40)


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two pictures; `run` is a copy of it for each test."""
    run_dir = tmp_path_factory.mktemp("runs") / "begun"
    assert train(data, run_dir, 2, *PAPER) == 0
    return run_dir


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "run")


def train(data: Path, run_dir: Path, images: int, *options: str, model: str = "map-to-aerial") -> int:
    paths = ["--data", str(data), "--run-dir", str(run_dir), "--cache", str(data / "cache")]
    return cli.main(["train", model, *paths, "--images", str(images), "--cpu", *options])


def test_the_folder_holds_model_recipe_and_every_change(run: Path, data: Path) -> None:
    kept = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert (kept["model"], kept["like"], kept["recipe"], kept["seed"]) == ("map-to-aerial", None, "paper", 5)
    changed = {"width": 4, "depth": 3, "load_size": 40, "crop": 32, "reverse": False}
    assert kept["changed"] == changed and kept["options"] == {} and kept["data"] == str(data)
    paper = TASK.recipes["paper"]
    assert record.restored(paper, kept["settings"]) == replace(paper, **changed)  # type: ignore[type-var]


def test_a_run_goes_on_and_is_exported_without_its_options_said_again(run: Path, data: Path, tmp_path: Path) -> None:
    before = (run / "run.json").read_bytes()
    assert train(data, run, 4) == 0
    assert train(data, run, 6, "--width", "4", "--recipe", "paper") == 0  # said again is no contradiction
    assert (run / "run.json").read_bytes() == before
    state = checkpoint.load(run)
    assert state is not None and state["images"] == 6
    assert cli.main(["export", "map-to-aerial", "--run-dir", str(run), "--to", str(tmp_path / "weights")]) == 0
    network = load_network(tmp_path / "weights")
    assert network.stride == 8 and network.down[0][0].out_channels == 4  # type: ignore[union-attr, index]


def test_what_was_not_said_again_is_learned_from_too(run: Path, data: Path, tmp_path: Path) -> None:
    """Seed and reverse decide what is seen: resumed without them, a run is the one that never stopped."""
    assert train(data, run, 4) == 0
    assert train(data, tmp_path / "said", 2, *PAPER) == 0 and train(data, tmp_path / "said", 4, *PAPER) == 0
    ours, theirs = (checkpoint.load(folder)["ema"] for folder in (run, tmp_path / "said"))  # type: ignore[index]
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--recipe.width", "8"], "was begun with --recipe.width 4, not with 8: leave --recipe.width out"),
        (["--batch", "2"], "was begun with --recipe.batch 1, not with 2"),
        (["--recipe", "bundled"], "was begun with --recipe paper, not with bundled"),
        (["--like", "aerial-to-map"], "was begun without --like, not with aerial-to-map"),
        (["--seed", "0"], "was begun with --seed 5, not with 0"),
        (["--reverse", "True"], "was begun with --recipe.reverse False, not with True"),
    ],
)
def test_a_contradiction_is_one_sentence(run: Path, data: Path, capsys, options: list[str], words: str) -> None:
    before = (run / "run.json").read_bytes()
    assert train(data, run, 4, *options) == 1
    said = capsys.readouterr().err
    assert words in said and "--run-dir" in said and len(said.splitlines()) == 1
    assert (run / "run.json").read_bytes() == before


def test_a_run_of_another_model_is_refused(run: Path, data: Path, capsys) -> None:
    assert train(data, run, 4, model="aerial-to-map") == 1
    assert cli.main(["export", "aerial-to-map", "--run-dir", str(run)]) == 1
    assert cli.main(["export", "map-to-aerial", "--run-dir", str(run), "--recipe", "bundled"]) == 1
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == second and "is a run of map-to-aerial, not of aerial-to-map" in first
    assert "was begun with --recipe paper" in third


def test_precision_may_change_when_a_run_goes_on(run: Path, data: Path) -> None:
    assert train(data, run, 4, "--precision", "bf16") == 0


def test_a_folder_without_a_checkpoint_gives_way(run: Path, data: Path) -> None:
    (run / checkpoint.NAME).unlink()
    assert train(data, run, 2, "--recipe", "paper", *CHANGES, "--width", "8") == 0
    assert json.loads((run / "run.json").read_text())["settings"]["width"] == 8


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_as_it_was_told(run: Path, data: Path) -> None:
    (run / checkpoint.NAME).unlink()
    assert train(data, run, 2) == 0
    assert json.loads((run / "run.json").read_text())["settings"]["width"] == 4


@pytest.mark.parametrize("changed", ['{"width": 4, "depth": 3, "load_size": 40, "crop": 32}', "{}", None])
def test_folders_from_before_go_on(run: Path, data: Path, tmp_path: Path, capsys, changed: str | None) -> None:
    """Their changed.json may lack what the last command left out; the command given in full is enough."""
    (run / "run.json").unlink()
    if changed is not None:
        (run / "changed.json").write_text(changed)
    export = ["export", "map-to-aerial", "--run-dir", str(run), "--to", str(tmp_path / "weights")]
    complete = changed not in (None, "{}")
    assert cli.main([*export, "--recipe", "paper"]) == (0 if complete else 1)
    assert train(data, run, 4, "--recipe", "paper") == (0 if complete else 1)
    said = capsys.readouterr().err
    assert complete or ("another network" in said and "other sizes" in said and "Traceback" not in said)
    assert (run / "run.json").exists() is complete  # a wrong guess is not written down
    assert train(data, run, 6, *PAPER[:-3]) == 0
    assert cli.main(export) == 0


def test_a_record_that_cannot_be_read_is_said(run: Path, data: Path, capsys) -> None:
    (run / "run.json").write_text("{")
    assert train(data, run, 4) == 1
    assert "run.json cannot be read" in capsys.readouterr().err


def test_values_come_back_as_they_were() -> None:
    sharp: Any = catalog.task("super-resolution").recipes["sharp"]
    recipe = replace(sharp, sizes=replace(sharp.sizes, transfer_blocks=(4, 6)))
    values = json.loads(json.dumps(record.asdict(recipe)))
    assert record.restored(sharp, values) == recipe
    with pytest.raises(DataError, match="has no colour"):
        record.restored(recipe, {"colour": 1})


def test_a_warm_start_and_folders_are_kept(tmp_path: Path) -> None:
    base = tmp_path / "weights"
    base.mkdir()
    plan = record.planned(tmp_path / "run", "m", options={"base": base, "warm_start": Path("somewhere")})
    record.keep(tmp_path / "run", plan, TASK.recipes["paper"])
    again = record.planned(tmp_path / "run", "m")
    assert again.options == {"base": base, "warm_start": str(Path("somewhere").resolve())}
    moved = record.planned(tmp_path / "run", "m", options={"base": tmp_path})
    assert moved.options["base"] == tmp_path
    base.rmdir()
    with pytest.raises(DataError, match="--base .*say where that is now"):
        record.planned(tmp_path / "run", "m")


def test_a_comparison_does_not_go_on_with_another_recipe(data: Path, tmp_path: Path) -> None:
    paper: Any = TASK.recipes["paper"]
    recipe = replace(paper, width=4, depth=3, discriminator_width=4, load_size=40, crop=32, patch=16, batch=2)
    comparison = Comparison("map-to-aerial", tmp_path, 2, data / "cache", cpu=True)
    measured = {"error": {"value": 1.0, "reference": 0.0}}
    for _ in range(2):
        assert comparison.run({"one": Variant(recipe, data)}, lambda net: measured, "t", "truth")["one"] == measured
    with pytest.raises(DataError, match="another width"):
        comparison.run({"one": Variant(replace(recipe, width=8), data)}, lambda net: measured, "t", "truth")


@pytest.mark.parametrize(
    ("model", "system", "reverse", "like", "settings"),
    [
        ("mine", "pix2pix", None, "map-to-aerial", {"width": 4, "reverse": False}),
        ("mine", "pix2pix", True, "map-to-aerial", {"width": 4, "reverse": True}),
        ("mine", "srntt", None, "super-resolution", {"width": 4}),
        ("map-to-aerial", "pix2pix", False, None, {"width": 4, "reverse": False}),
        ("face-aging", "caae", None, None, {"width": 4}),
    ],
)
def test_records_from_before_are_read_as_todays(tmp_path: Path, model, system, reverse, like, settings) -> None:
    """A model of one's own had the name of a system, and pairs were turned round by an option."""
    options = {} if reverse is None else {"reverse": reverse}
    kept = {"recipe": "paper", "seed": 1, "data": "d", "changed": {"width": 4}, "settings": {"width": 4}}
    (tmp_path / "run.json").write_text(json.dumps({"model": model, "system": system, "options": options, **kept}))
    plan = record.planned(tmp_path, model)
    assert (plan.like, plan.options, plan.settings) == (like, {}, settings)


def test_a_sketch_model_of_ones_own_from_before_is_like_that_of_shoes(tmp_path: Path) -> None:
    kept = {"model": "mine", "system": "pix2pix", "recipe": "bundled", "settings": {"code": 8}}
    (tmp_path / "run.json").write_text(json.dumps(kept))
    assert record.planned(tmp_path, "mine").like == "edges-to-shoes"


def test_the_face_finder_asks_for_scenes_before_it_reads_faces(tmp_path: Path, capsys) -> None:
    faces = write_fake_faces(tmp_path / "faces")
    common = ["--data", str(faces), "--images", "1", "--run-dir", str(tmp_path / "run"), "--cache", str(tmp_path / "c")]
    assert cli.main(["train", "face-finder", *common]) == 1
    assert "--scenes" in capsys.readouterr().err and not (tmp_path / "c").exists()
