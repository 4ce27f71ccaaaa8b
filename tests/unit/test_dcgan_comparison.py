"""What is measured of a latent model, and the comparison of objectives, on made-up flowers and random features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.data.fake import write_fake_captioned
from cgan_demo.dcgan import comparison, linear, spherical
from cgan_demo.dcgan.comparison import LIMIT, CompareObjectives, for_page
from cgan_demo.dcgan.evaluation import Enlarging, draws, nearest_figures, painted, path_length, rank_correlation
from cgan_demo.dcgan.light import LightGenerator
from cgan_demo.dcgan.model import LatentModel, assembled
from cgan_demo.dcgan.paper import OBJECTIVES, DCGANGenerator
from cgan_demo.errors import DataError
from cgan_demo.ui.latent.objectives import PICTURES, objectives_figures, objectives_words


class Patches(torch.nn.Module):
    """Two maps, at strides 8 and 16: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (8, 16)]


def tiny_model() -> LatentModel:
    torch.manual_seed(0)
    return assembled(DCGANGenerator(64, 6, 16, "normal").eval())


def test_each_objective_is_trained_measured_and_drawn(tmp_path):
    data = write_fake_captioned(tmp_path / "flowers", per_class=4)
    light = assembled(LightGenerator(64, 6, (8, 8, 8, 8), (4,)).eval())
    larger = assembled(LightGenerator(128, 6, (8, 8, 8, 8), (4, 4)).eval())  # is brought to the others' 64 px

    def compared(*only: str, **also: LatentModel) -> dict[str, dict]:
        sizes = {"width": 16, "judge_width": 4, "batch": 2, "cpu": True}
        chosen = CompareObjectives(str(data), 10, only, to=tmp_path / "out", cache=tmp_path / "cache", **sizes)
        return chosen.compare(also, 6, Patches())

    done = compared("hinge", "wgan")
    assert set(done) == {"hinge", "wgan"} and done["hinge"]["KID"]["value"] > 0
    done = compared("hinge", ours=light)
    assert set(done) == {"hinge", "wgan", "ours"} and "ours" in (tmp_path / "out" / "table.md").read_text()
    done = compared("hinge", ours=light, larger=larger)
    assert set(done) == {"hinge", "wgan", "ours", "larger"}
    assert Image.open(tmp_path / "out" / "samples.png").height == 4 * (2 * 64 + 10)
    (tmp_path / "assets").mkdir()
    table, *pictures = for_page(tmp_path / "out", tmp_path / "assets")
    words, shown = objectives_words(tmp_path / "assets"), objectives_figures(tmp_path / "assets")
    assert table.read_text() in words and "| hinge |" in words and list(shown.values()) == pictures
    for path, name in zip(pictures, ("curves", "samples"), strict=True):
        sizes = {Image.open(p).size for p in (path, tmp_path / "out" / f"{name}.png")}
        assert len(sizes) == 1 and path.stat().st_size <= LIMIT
    with pytest.raises(DataError, match="minimax"):
        compared("best")
    assert len(OBJECTIVES) == 6


def test_the_page_shows_of_a_comparison_what_there_is(tmp_path):
    assert objectives_words(tmp_path) == "" and objectives_figures(tmp_path) == {}
    with pytest.raises(DataError, match="no table.md, curves.png, samples.png"):
        for_page(tmp_path, tmp_path)
    (tmp_path / "objectives-samples.png").touch()
    assert objectives_figures(tmp_path) == {PICTURES["objectives-samples"]: tmp_path / "objectives-samples.png"}


def test_a_sheet_too_large_for_the_page_loses_quality(tmp_path, monkeypatch):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8))
    for name in ("curves.png", "samples.png"):
        noise.save(tmp_path / name)
    (tmp_path / "table.md").write_text("| a |\n|---|\n")
    sizes = []
    for limit in (10**6, 15_000, 10**6):
        monkeypatch.setattr(comparison, "LIMIT", limit)
        sizes.append(for_page(tmp_path, tmp_path)[-1].stat().st_size)
    assert sizes[0] == sizes[2] > 15_000 >= sizes[1]


def test_arcs_and_lines_have_their_lengths():
    model, features = tiny_model(), Enlarging(Patches())
    lengths = [path_length(model, features, way, pairs=6, batch=3) for way in (spherical, linear)]
    assert all(np.isfinite(lengths)) and lengths[0] > 0 and lengths[0] != lengths[1]
    assert lengths[0] == path_length(model, features, spherical, pairs=6, batch=3)


def test_samples_are_those_of_their_seeds():
    model = tiny_model()
    pictures = painted(model, draws(model, 4), batch=3)
    assert pictures.shape == (4, 64, 64, 3) and pictures.dtype == np.uint8
    assert np.array_equal(painted(model, draws(model, 1, first=2))[0], pictures[2])


def test_a_copied_picture_is_found_near():
    torch.manual_seed(0)
    training, unseen = torch.randn(200, 16), torch.randn(100, 16)
    fresh, copied = (nearest_figures(x, training, unseen) for x in (torch.randn(100, 16), training[:50] + 1e-3))
    name = "nearer than 95 % of unseen pictures"
    assert fresh[name]["value"] < 0.2 and copied[name]["value"] == 1 and fresh[name]["reference"] == pytest.approx(0.05)


def test_rank_correlation_is_spearmans():
    rows = np.array([[1, 2, 3, 4], [4, 3, 2, 1], [1, 1, 1, 1], [1, 3, 2, 4]], float)
    assert rank_correlation(rows).tolist() == pytest.approx([1, -1, 0, 0.8])
