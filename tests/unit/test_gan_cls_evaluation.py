"""Measuring text to image: the judge, the protocol and the comparison of variants, on fake flowers."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from cgan_demo.data.fake import write_fake_captioned
from cgan_demo.gan_cls import judge as judging
from cgan_demo.gan_cls import protocol
from cgan_demo.gan_cls.ablation import VARIANTS, embedding, sheet, text_ablation, trained
from cgan_demo.gan_cls.dataset import load_captioned
from cgan_demo.gan_cls.encoder_training import EncoderRecipe
from cgan_demo.gan_cls.looks import look, look_once
from cgan_demo.gan_cls.model import TextToImage
from cgan_demo.gan_cls.paper import PaperRecipe
from cgan_demo.weights import load_network, save_network


class Patches(torch.nn.Module):
    """Two maps, at strides 8 and 16: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (8, 16)]


WORDS = ["a", "red", "yellow", "white", "flower", "with", "petals", "round", "this", "has", "and", "center"]
READER = {"buckets": 50, "width": 8, "hidden": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_fake_captioned(tmp_path_factory.mktemp("text") / "flowers", per_class=8)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    painter = {"size": 64, "widths": (8,) * 6, "code": 8}
    return TextToImage(WORDS, READER, painter=painter, style={"width": 4}).eval()


def test_looking_is_the_same_however_often_and_kept(folder, cache):
    data = load_captioned(folder, cache, 64)
    once = look_once(data.images, Patches(), cache)
    assert once.everything.shape[0] == len(data) and once.pooled == 3
    assert np.array_equal(once.everything, look(data.images, Patches(), batch=5).everything)
    files = sorted(cache.glob("looks-*.npy"))
    assert np.array_equal(once.everything, look_once(data.images, Patches(), cache).everything)
    assert sorted(cache.glob("looks-*.npy")) == files
    means = data.images.reshape(len(data), -1, 3).mean(1) / 127.5 - 1
    assert np.allclose(once.features(), means, atol=0.01)


def test_grams_are_words_and_neighbours():
    assert judging.grams("A red, red rose") == ["a", "red", "red", "rose", "a red", "red red", "red rose"]
    assert judging.known_grams(["a b", "a b", "a c"], at_least=2) == ["a", "a b", "b"]


def test_contrast_by_hand():
    points, sharpness = torch.eye(2), torch.tensor(0.0)
    own, other = 1 / (1 + np.exp(-1.0)), 1 / (1 + np.exp(1.0))  # softmax of (1, 0)
    plain = judging.contrast(points, points, sharpness, torch.tensor([0, 1]), kin=0.5)
    assert float(plain) == pytest.approx(-2 * np.log(own), rel=1e-5)  # of two classes nobody is kin
    kin = judging.contrast(points, points, sharpness, torch.tensor([3, 3]), kin=0.5)
    assert float(kin) == pytest.approx(-2 * (0.75 * np.log(own) + 0.25 * np.log(other)), rel=1e-5)


def test_r_precision_of_known_answers():
    sentences = np.eye(120)
    owners = np.arange(120)
    assert judging.r_precision(sentences, sentences, owners) == 1
    assert judging.r_precision(np.roll(sentences, 1, 0), sentences, owners, others=119) == 0
    rng = np.random.default_rng(0)
    chance = judging.r_precision(rng.normal(size=(2000, 8)), rng.normal(size=(2000, 8)), np.arange(2000))
    assert 0.003 < chance < 0.02
    assert judging.r_precision(np.ones((200, 4)), np.ones((200, 4)), np.arange(200)) == pytest.approx(0.01)
    twins = np.repeat(np.eye(60), 2, 0)  # two captions a picture, as good as each other: they do not compete
    assert judging.r_precision(twins, twins, np.repeat(np.arange(60), 2)) == 1


def test_the_judge_learns_colours_and_comes_back_from_the_cache(folder, cache):
    data = load_captioned(folder, cache, 64)
    looks = look_once(data.images, Patches(), cache)
    judge = judging.cached_judge(data, looks, cache, images=2000, batch=40)
    rows = data.rows("unseen")
    said = judge.sentences(["this flower has red petals", "this flower has blue petals"])
    points = judge.pictures(looks.everything[rows])
    assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5) and not judge.training
    for i, point in zip(rows, points, strict=True):
        caption = data.captions[i][1]
        if "red" in caption or "blue" in caption:
            assert (said @ point).argmax() == ("blue" in caption)
    again = judging.cached_judge(data, looks, cache, images=2000, batch=40)
    assert np.array_equal(points, again.pictures(looks.everything[rows]))


def test_what_is_kept_is_kept_for_its_pictures_and_network_alone(folder, tmp_path, monkeypatch):
    data, net = load_captioned(folder, tmp_path, 64), Patches()
    net.scale = torch.nn.Parameter(torch.ones(1))
    changed = np.array(data.images)
    changed[1, 0, 0] ^= 1
    for pictures, through in ((data.images, Patches()), (data.images, Patches()), (changed, Patches()), (changed, net)):
        looks = look_once(pictures, through, tmp_path)
    assert len(list(tmp_path.glob("looks-*.npy"))) == 3
    asked = []
    monkeypatch.setattr(judging, "train", lambda system, stream, to, settings: asked.append(to))
    monkeypatch.setattr(judging, "averaged", lambda to, judge: judge)
    for told in (data, data, replace(data, labels=data.labels + 1)):
        judging.cached_judge(told, looks, tmp_path)
    judging.cached_judge(data, replace(looks, everything=looks.everything + np.float16(0.1)), tmp_path)
    assert asked[0] == asked[1] and len(set(asked)) == 3


def test_evaluate_measures_everything_and_is_json(folder, cache, network, capsys):
    options = {"samples": 12, "judge_images": 80, "seeds": 2, "net": Patches()}
    report = protocol.evaluate("text-to-flower", network, folder, cache, **options)
    assert report == json.loads(json.dumps(report, allow_nan=False))
    names = ("FID, val", "KID, unseen", "precision, val", "recall, unseen", "R-precision, val")
    more = (
        "spread over seeds",
        "nearest training picture, smallest",
        "colour as asked, lavender",
        "style AUC, pose (reference: text)",
    )
    assert {*names, *more} <= set(report["figures"])
    assert report["real"]["train"] > report["real"]["val"] > 0 and report["samples"]["unseen"] == 12
    printed = capsys.readouterr().out
    assert "| R-precision, val |" in printed and "12 samples a split, 64 px" in printed


def test_real_pictures_are_their_own_reference(folder, cache):
    tools = protocol.ruler(folder, 64, cache, 80, Patches())
    rows = tools.data.rows("val")
    made = protocol.Made(tools.data.images[rows], [tools.data.captions[i][0] for i in rows], rows,
                         look(tools.data.images[rows], Patches()))  # fmt: skip
    match = protocol.match_figures(made, tools, "val")["R-precision, val"]
    assert match["value"] == match["reference"]
    figures = protocol.distance_figures(made, tools, "val")
    assert abs(figures["FID, val"]["value"]) < 1e-2 and figures["FID, val"]["reference"] > 0.01
    assert figures["precision, val"]["value"] == 1 == figures["recall, val"]["value"]
    copies = protocol.Made(made.pictures, made.sentences, rows, look(tools.data.images[tools.data.rows("train")[:9]],
                                                                   Patches()))  # fmt: skip
    near = protocol.neighbour_figures(copies, tools, "val")["nearest training picture, mean"]
    assert near["value"] == pytest.approx(0, abs=1e-3) and near["reference"] > 0


def test_pictures_follow_from_the_seed(network):
    sentences = ["a red flower", "a white flower"]
    first = protocol.paint(network, sentences, 3)
    assert first.shape == (2, 64, 64, 3) and first.dtype == np.uint8
    assert np.array_equal(first, protocol.paint(network, sentences, 3, batch=1))
    assert not np.array_equal(first, protocol.paint(network, sentences, 4))


def test_the_four_variants_are_compared(folder, cache, tmp_path):
    small = EncoderRecipe(width=8, hidden=8, buckets=50, batch=4, load_size=64)
    reader = embedding(folder, tmp_path / "out", cache, 16, small, Patches(), cpu=True)  # type: ignore[arg-type]
    assert reader == embedding(folder, tmp_path / "out", cache) and load_network(reader).text.vocabulary
    recipe = PaperRecipe(width=4, judge_width=4, batch=4)
    options = {"recipe": recipe, "samples": 8, "judge_images": 80, "net": Patches(), "cpu": True}
    done = text_ablation(folder, reader, tmp_path / "out", 8, cache=cache, **options)
    assert list(done) == list(VARIANTS) == ["GAN", "GAN-CLS", "GAN-INT", "GAN-INT-CLS"]
    assert all({"FID, val", "KID, val", "R-precision, unseen"} <= set(figures) for figures in done.values())
    assert "| GAN-INT-CLS |" in (tmp_path / "out" / "table.md").read_text()
    networks = trained(tmp_path / "out", reader, recipe)
    picture = sheet(networks, ["a red flower"], count=2)
    assert picture.size == (110 + 2 * 64, 22 + 4 * 64)
    save_network(networks["GAN-CLS"], tmp_path / "whole", "gan_cls")
    again = trained(tmp_path / "out", tmp_path / "whole", recipe)  # a model's text encoder serves as an embedding's
    assert np.array_equal(protocol.paint(again["GAN"], ["a flower"]), protocol.paint(networks["GAN"], ["a flower"]))
