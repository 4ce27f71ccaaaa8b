"""Text to image: what generators are trained on, every recipe's steps, exact resumption, from a run to weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import features
from torch.utils.data import Dataset

from cgan_demo.data.fake import write_fake_captioned
from cgan_demo.errors import DataError
from cgan_demo.gan_cls.dataset import load_captioned
from cgan_demo.gan_cls.encoder import JointEmbedding, TextEncoder
from cgan_demo.gan_cls.encoder_training import EncoderRecipe, usual_colors
from cgan_demo.gan_cls.light import MatchingRecipe
from cgan_demo.gan_cls.model import TextRecipe, TextToImage, with_style
from cgan_demo.gan_cls.paper import PaperRecipe
from cgan_demo.gan_cls.stream import SentenceStream, read_all
from cgan_demo.gan_cls.style import StyleRecipe
from cgan_demo.gan_cls.task import RECIPES, TASKS
from cgan_demo.training import checkpoint
from cgan_demo.training.loop import RunSettings, System, train
from cgan_demo.weights import load_network, save_network

WIDTHS = (8, 8, 8, 8, 8, 8)
ENCODER = EncoderRecipe(width=8, hidden=8, buckets=50, batch=8, load_size=64)
PAPER = PaperRecipe(width=4, judge_width=4, batch=4)
BUNDLED = MatchingRecipe(widths=WIDTHS, code=8, batch=4, load_size=64, precision="no", penalty_weight=0.1)
STYLE = StyleRecipe(width=4, batch=4, precision="no")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_fake_captioned(tmp_path_factory.mktemp("data"))


def prepared(recipe: TextRecipe, folder: Path, base: Path | None = None) -> tuple[System, Dataset]:
    torch.manual_seed(7)
    given = (features(),) if isinstance(recipe, EncoderRecipe | MatchingRecipe) else ()
    return recipe.prepare(folder, 0, folder / "cache", *given, base=base)  # type: ignore[call-arg]


def run(recipe: TextRecipe, folder: Path, run_dir: Path, images: int, base: Path | None = None) -> None:
    system, stream = prepared(recipe, folder, base)
    settings = RunSettings.of(recipe, images=images, cpu=True, progress_bar=False, sample_images=8)
    assert train(system, stream, run_dir, settings).finished


@pytest.fixture(scope="module")
def reader(folder: Path, tmp_path_factory) -> Path:
    """An exported joint embedding after a few steps."""
    place = tmp_path_factory.mktemp("reader")
    run(ENCODER, folder, place / "run", 64)
    save_network(ENCODER.averaged(place / "run"), place / "weights", "gan_cls")
    return place / "weights"


@pytest.fixture(scope="module")
def model(folder: Path, reader: Path, tmp_path_factory) -> Path:
    """An exported text-to-image model after a few steps."""
    place = tmp_path_factory.mktemp("model")
    run(BUNDLED, folder, place / "run", 8, reader)
    save_network(BUNDLED.averaged(place / "run", base=reader), place / "weights", "gan_cls")
    return place / "weights"


def test_wrong_sentences_are_wrong(folder: Path, reader: Path) -> None:
    data, joint = load_captioned(folder, folder / "cache", 64), load_network(reader)
    assert isinstance(joint, JointEmbedding) and set(usual_colors(data)) == {"red", "yellow", "purple", "white"}
    stream = SentenceStream(data, joint.text, recolored=0.5, seed=3)
    rows = data.rows("train")
    captions = sorted({s for i in rows for s in data.captions[i]})
    vectors = read_all(joint.text, captions).float()
    changed = 0
    for position in range(60):
        item = stream[position]
        right = captions[int((vectors - item["right"]).abs().sum(1).argmin())]
        near = (vectors - item["wrong"]).abs().sum(1)
        changed += int(near.min() > 1e-2) or right != captions[int(near.argmin())]
        assert item["image"].shape == (3, 64, 64) and item["image"].abs().max() <= 1
    assert changed > 50  # "a red flower with 4 round petals" may also be said of another class
    again = SentenceStream(data, joint.text, recolored=0.5, seed=3)[7]
    assert all(torch.equal(again[name], stream[7][name]) for name in again)


def test_many_captions_are_read_as_one_is(reader: Path) -> None:
    joint = load_network(reader)
    sentences = ["a red flower", "this flower has petals of many colours", "a red flower"]
    found = read_all(joint.text, sentences, batch=2).float()  # type: ignore[arg-type]
    assert torch.equal(found[0], found[2])
    assert torch.allclose(found[1:2], joint.text.read(sentences[1:2]), atol=2e-2)  # type: ignore[operator, union-attr]


def test_the_embedding_learns_colours(folder: Path, tmp_path: Path) -> None:
    """On made-up flowers with four colours, random features are enough to find the colour."""
    system, stream = prepared(replace(ENCODER, lr=5e-3, batch=16), folder)
    settings = RunSettings.of(replace(ENCODER, batch=16), images=1200, cpu=True, progress_bar=False, report_images=200)
    train(system, stream, tmp_path, settings)
    rows = [json.loads(line) for line in (tmp_path / "stats.jsonl").read_text().splitlines()]
    first, *_, last = (row["recolor"] for row in rows if "recolor" in row)
    assert last < 0.5 * first


@pytest.mark.parametrize("matching", [False, True])
@pytest.mark.parametrize("between", [False, True])
def test_the_papers_variants_run(folder: Path, reader: Path, tmp_path: Path, matching: bool, between: bool) -> None:
    recipe = replace(PAPER, matching=matching, between=between)
    run(recipe, folder, tmp_path, 8, reader)
    whole = recipe.averaged(tmp_path, base=reader)
    assert isinstance(whole, TextToImage) and type(whole.generator).__name__ == "PaperGenerator"


@pytest.mark.parametrize("recipe", [BUNDLED, PAPER, STYLE, ENCODER], ids=lambda recipe: type(recipe).__name__)
def test_a_run_that_stopped_goes_on_exactly(
    recipe: TextRecipe, folder: Path, reader: Path, model: Path, tmp_path: Path
) -> None:
    base = {EncoderRecipe: None, StyleRecipe: model}.get(type(recipe), reader)
    flat = replace(recipe, freeze_norms_after=2.0) if isinstance(recipe, MatchingRecipe) else recipe
    # The rate falls with progress, so a run of half the budget would differ: constant here.
    for name, stops in (("whole", (4,)), ("parts", (2, 4))):
        for steps in stops:
            system, stream = prepared(flat, folder, base)
            system.learning_rate = lambda progress: 1.0  # type: ignore[method-assign]
            settings = RunSettings.of(flat, images=steps * flat.batch, cpu=True, progress_bar=False)
            train(system, stream, tmp_path / name, settings)
    whole, parts = (checkpoint.load(tmp_path / name) for name in ("whole", "parts"))
    assert whole is not None and parts is not None and whole["images"] == parts["images"]
    for name, weights in whole["networks"].items():
        assert all(torch.equal(v, parts["networks"][name][k]) for k, v in weights.items()), name
    assert all(torch.equal(v, parts["ema"][k]) for k, v in whole["ema"].items())


def test_from_runs_to_a_model_with_style(folder: Path, model: Path, tmp_path: Path) -> None:
    run(STYLE, folder, tmp_path / "run", 8, model)
    whole = STYLE.averaged(tmp_path / "run", base=model)
    save_network(whole, tmp_path / "weights", "gan_cls")
    again = load_network(tmp_path / "weights")
    assert isinstance(again, TextToImage) and again.style is not None
    assert len(list((tmp_path / "run" / "samples").glob("*.png"))) >= 1


def test_a_larger_generator_starts_from_a_smaller_one(folder: Path, reader: Path, model: Path) -> None:
    recipe = replace(BUNDLED, load_size=128)
    system, _ = prepared(recipe, folder, reader)
    recipe.warm_start(system, model)
    given = load_network(model).generator.state_dict()  # type: ignore[union-attr, operator]
    mine = system.networks["generator"].state_dict()
    assert all(torch.equal(mine[name], value) for name, value in given.items()) and len(mine) > len(given)
    paper, _ = prepared(PAPER, folder, reader)
    with pytest.raises(DataError, match="another network"):
        PAPER.warm_start(paper, model)


def test_pictures_are_fitted_to_a_reader_that_stays(folder: Path, model: Path, tmp_path: Path) -> None:
    run(ENCODER, folder, tmp_path, 64, model)
    joint, reader = ENCODER.averaged(tmp_path), load_network(model).encoder
    assert isinstance(joint, JointEmbedding) and isinstance(reader, TextEncoder)
    kept = reader.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in joint.text.state_dict().items())
    assert joint.text.vocabulary.known == reader.vocabulary.known
    fresh = JointEmbedding.around(reader, joint.image.linear.in_features)
    assert not torch.equal(joint.image.linear.weight, fresh.image.linear.weight)
    assert joint.sharpness != fresh.sharpness  # what is trained is trained


def test_what_is_missing_is_said(folder: Path, reader: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--base .* recipe encoder"):
        prepared(PAPER, folder)
    with pytest.raises(DataError, match="holds TextToImage"):
        prepared(BUNDLED, folder, model)
    with pytest.raises(DataError, match="holds JointEmbedding.* bundled"):
        prepared(STYLE, folder, reader)
    for averaged in (lambda: ENCODER.averaged(tmp_path), lambda: PAPER.averaged(tmp_path, base=reader)):
        with pytest.raises(DataError, match="no checkpoint"):
            averaged()
    with pytest.raises(DataError, match="has no recipe paper; it has encoder, gan, cls"):
        TASKS["text-to-flower"].recipe("text-to-flower", "paper")


def test_a_model_is_made_in_stages_each_given_what_the_one_before_it_left() -> None:
    assert [(s.name, s.takes) for s in TASKS["text-to-bird"].stages] == [
        ("encoder", ""),
        ("bundled", "base"),
        ("style", "base"),
    ]
    four = {name: (r.matching, r.between) for name, r in RECIPES.items() if isinstance(r, PaperRecipe)}
    assert four == {"gan": (False, False), "cls": (True, False), "int": (False, True), "int-cls": (True, True)}


def test_an_embedding_starts_from_another(folder: Path, reader: Path, model: Path) -> None:
    system, _ = prepared(ENCODER, folder)
    ENCODER.warm_start(system, reader)
    given = load_network(reader).state_dict()
    assert all(torch.equal(v, given[k]) for k, v in system.networks["generator"].state_dict().items())
    with pytest.raises(DataError, match="another network"):
        ENCODER.warm_start(system, model)


def test_a_style_encoder_starts_from_a_models(folder: Path, model: Path, tmp_path: Path) -> None:
    styled = with_style(load_network(model), STYLE.network())
    save_network(styled, tmp_path, "gan_cls", half=False)
    system, _ = prepared(STYLE, folder, model)
    STYLE.warm_start(system, tmp_path)
    given = styled.style.state_dict()  # type: ignore[union-attr]
    assert all(torch.equal(v, given[k]) for k, v in system.networks["generator"].state_dict().items())
    with pytest.raises(DataError, match="another network"):
        STYLE.warm_start(system, model)
