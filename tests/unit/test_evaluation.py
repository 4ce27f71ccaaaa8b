import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from cgan_demo.data.fake import write_fake_pairs
from cgan_demo.data.paired import cached_pairs
from cgan_demo.errors import DataError
from cgan_demo.evaluation.metrics import PooledFeatures
from cgan_demo.pix2pix import ablation, evaluation
from cgan_demo.pix2pix.light import LightUNetGenerator
from cgan_demo.pix2pix.paper import UNetGenerator
from cgan_demo.pix2pix.task import TASKS
from cgan_demo.training.comparison import Comparison
from cgan_demo.training.task import keywords
from cgan_demo.weights import load_network, save_network


class Taps(nn.Module):
    """A random feature network: two maps, as an EfficientNet gives four."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList([nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 6, 4, 4)])

    def forward(self, x):
        first = self.layers[0](x).relu()
        return [first, self.layers[1](first)]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_fake_pairs(tmp_path_factory.mktemp("pairs"), count=8)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def features():
    return PooledFeatures(Taps())


def test_true_maps_are_perfect_and_one_colour_is_not(data, cache):
    pairs = cached_pairs(data / "val", 64, cache)
    figures = evaluation.measure_maps(np.array(pairs[:, 1]), pairs[:, 1], pairs[:, 1])
    assert figures["mean recall"] == {"value": 1, "reference": pytest.approx(0.2)}
    assert figures["IoU water"] == {"value": 1, "reference": 0}
    assert figures["within 5"]["value"] == 1 > figures["within 5"]["reference"] > 0.2
    assert figures["RMSE"]["value"] == 0 < figures["RMSE"]["reference"]


def test_constant_colours_are_median_and_mean():
    pictures = np.array([10, 10, 40], np.uint8).repeat(3).reshape(1, 1, 3, 3)
    assert [c.tolist() for c in evaluation._constant_colours(pictures)] == [[10] * 3, [20] * 3]


def test_true_aerials_meet_their_own_reference(data, cache, features):
    training, validation = (cached_pairs(data / s, 64, cache) for s in ("train", "val"))
    reference = evaluation.aerial_reference(training, validation, cache, images=16, features=features)
    figures = evaluation.measure_aerials(np.array(validation[:, 0]), reference)
    assert figures["FID"]["value"] == pytest.approx(0, abs=1e-3)
    assert figures["KID"]["value"] < figures["KID"]["reference"] + 1e-3
    assert figures["Lab intersection a"]["value"] == pytest.approx(1)
    assert figures["recogniser ratio"]["value"] == 1
    assert len(list(cache.glob("recogniser-*.safetensors"))) == 1
    evaluation.cached_recogniser(training, features.net, 16, cache)
    assert len(list(cache.glob("recogniser-*.safetensors"))) == 1


def test_a_recogniser_is_kept_for_its_pictures_and_features_alone(data, tmp_path, monkeypatch):
    training, trained = np.array(cached_pairs(data / "train", 64, tmp_path)[:5]), []

    def train(pairs, features, *_, **__):
        trained.append(features)
        return evaluation.maps.Recogniser(features)

    monkeypatch.setattr(evaluation.maps, "train_recogniser", train)
    features, others, changed = Taps(), Taps(), training.copy()
    others.seen = torch.nn.Parameter(torch.zeros(1))
    changed[3, 1, 5, 5, 0] ^= 1  # one value of a picture, of a target
    for pairs, net in ((training, features), (training, features), (training, others), (changed, features)):
        evaluation.cached_recogniser(pairs, net, 16, tmp_path)
    assert trained == [features, others, features]


def test_translate_is_seeded_for_noise_and_for_dropout():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    light = LightUNetGenerator(widths=(8, 8), noise_channels=2).eval()
    paper = UNetGenerator(width=4, depth=5).eval()
    for network in (light, paper):
        first = evaluation.translate(network, pictures, seed=1)
        assert first.shape == pictures.shape and first.dtype == np.uint8
        assert np.array_equal(first, evaluation.translate(network, pictures, seed=1))
        assert not np.array_equal(first, evaluation.translate(network, pictures, seed=2))


@pytest.mark.parametrize("model_id", ["aerial-to-map", "map-to-aerial"])
def test_evaluate_gives_json_and_the_same_twice(model_id, data, cache, features, tmp_path, capsys):
    net = LightUNetGenerator(widths=(8, 8), noise_channels=2)
    save_network(net, tmp_path, half=False)
    protocol = evaluation.evaluate_maps
    if model_id == "map-to-aerial":
        protocol = partial(evaluation.evaluate_aerials, features=features, judge_images=16)
    report = protocol(model_id, load_network(tmp_path), data, cache, size=64)
    assert report["pairs"] == 4 and report["size"] == 64
    assert report == json.loads(json.dumps(report, allow_nan=False))
    assert report == protocol(model_id, net, data, cache, size=64)
    assert f"| {model_id} |" in capsys.readouterr().out
    some = {"mean recall", "IoU park", "within 10"} if model_id == "aerial-to-map" else {"KID", "recogniser ratio"}
    assert some <= set(report["figures"])


def test_the_recogniser_sees_as_many_crops_as_the_protocol_says(data, cache, features, monkeypatch):
    told = []
    monkeypatch.setattr(evaluation, "aerial_reference", lambda *args: told.append(args[3]))
    monkeypatch.setattr(evaluation, "measure_aerials", lambda *_: {})
    net = LightUNetGenerator(widths=(8, 8))
    protocol = TASKS["map-to-aerial"].evaluate
    for options in ({}, {"judge_images": 7}):
        protocol("mine", net, data, cache, features, 64, **options)
    assert told == [6000, 7] and keywords(protocol) == ["judge_images"]
    assert keywords(TASKS["aerial-to-map"].evaluate) == keywords(TASKS["photo-to-edges"].evaluate) == []


def test_ablation_trains_measures_and_takes_over_what_is_done(data, cache, features, tmp_path, monkeypatch):
    base = replace(ablation.SMALL, width=4, depth=3, discriminator_width=4, load_size=64, crop=32, precision="no")
    options = {"batch": 4, "base": base, "recogniser_images": 16, "features": features, "cache": cache, "cpu": True}
    assert list(ablation.ablation(data, tmp_path, 8, ["L1"], **options)) == ["L1"]
    both = ablation.ablation(data, tmp_path, 8, ["L1", "L1+cGAN, patch 1"], **options)
    text = (tmp_path / "table.md").read_text()
    assert list(both) == ["L1", "L1+cGAN, patch 1"] and text.count("\n") == 5 and "| true aerials |" in text
    monkeypatch.setattr(Comparison, "_train", lambda *_: pytest.fail("trained again"))
    assert ablation.ablation(data, tmp_path, 8, ["L1"], **options) == both
    with pytest.raises(DataError, match="no configuration"):
        ablation.ablation(data, tmp_path, 8, ["L2"], **options)


def test_the_ablation_covers_the_papers_choices():
    recipes = [replace(ablation.SMALL, **changes) for changes in ablation.CONFIGURATIONS.values()]
    assert {r.objective for r in recipes} == {"L1", "cGAN", "L1+cGAN"}
    assert {r.patch for r in recipes} == {1, 16, 70} and {r.generator for r in recipes} == {"unet", "encoder-decoder"}
