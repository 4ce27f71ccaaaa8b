"""The protocol of the sketch models, on fake pairs."""

import json

import numpy as np
import pytest
import torch
from tiny import features as small_features

from cgan_demo.bicyclegan import ablation as sketch_ablation
from cgan_demo.bicyclegan import evaluation as sketch_evaluation
from cgan_demo.bicyclegan import light
from cgan_demo.bicyclegan.light import SketchGenerator, SketchRecipe
from cgan_demo.data.fake import write_fake_pairs
from cgan_demo.errors import DataError
from cgan_demo.evaluation.metrics import PooledFeatures
from cgan_demo.pix2pix import evaluation
from cgan_demo.pix2pix.light import LightUNetGenerator
from cgan_demo.pix2pix.paper import Pix2PixRecipe, UNetGenerator
from cgan_demo.ui.sketch.drawings import BAGS, SHOES, draw

MEASURED = {"KID", "FID", "diversity", *(f"weave, period {p} px" for p in (2, 3, 4, 8))}


class Patches(torch.nn.Module):
    """Two maps, at strides 4 and 8: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (4, 8)]


def test_perceptual_distances_by_hand():
    maps = [torch.tensor([[1.0, 0.0], [0.0, 3.0], [2.0, 0.0]]).view(3, 2, 1, 1)]
    assert torch.allclose(sketch_evaluation.perceptual_distances(maps), torch.tensor([2.0, 0.0, 2.0]))


def test_edges_are_matched_within_two_pixels():
    truth, near, far = (np.zeros((1, 32, 32), bool) for _ in range(3))
    truth[:, 10, 4:28] = near[:, 12, 4:28] = far[:, 14, 4:28] = True
    assert evaluation.edge_agreement(truth, near) == {"precision": 1, "recall": 1, "F": 1}
    assert evaluation.edge_agreement(truth, far)["F"] == 0
    half = near.copy()
    half[:, :, 16:] = False
    found = evaluation.edge_agreement(truth, half)
    assert found["precision"] == 1 and found["recall"] == pytest.approx(14 / 24)
    assert found["F"] == pytest.approx(2 * found["recall"] / (1 + found["recall"]))


def test_evaluate_edges_beside_plain_gradients(tmp_path):
    write_fake_pairs(tmp_path, count=4, size=64)
    torch.manual_seed(0)
    net = LightUNetGenerator(widths=(8, 8), palette=((-1.0,) * 3, (1.0,) * 3)).eval()
    report = evaluation.evaluate_edges("photo-to-edges", net, tmp_path, tmp_path / "cache", size=64)
    assert set(report["figures"]) == {"F", "precision", "recall", "ink"}
    assert report == json.loads(json.dumps(report, allow_nan=False))
    ink = report["figures"]["ink"]["reference"]
    assert 0 < ink < 0.1


def test_equal_pictures_have_no_diversity():
    picture = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    assert sketch_evaluation.diversity(np.repeat(picture, 3, 0), Patches()) == 0
    other = np.concatenate([picture, 255 - picture])
    assert sketch_evaluation.diversity(other, Patches()) > 0.1


def test_evaluate_measures_and_is_json(tmp_path, capsys):
    write_fake_pairs(tmp_path, count=4, size=64)
    torch.manual_seed(0)
    net = SketchGenerator(widths=(8, 8, 8), fine=8)
    run = [
        sketch_evaluation.evaluate_sketches(
            "edges-to-shoes", net, tmp_path, tmp_path / "cache", PooledFeatures(Patches()), size=64
        )
        for _ in range(2)
    ]
    assert run[0] == run[1] == json.loads(json.dumps(run[0], allow_nan=False))
    assert set(run[0]["figures"]) == MEASURED and run[0]["pairs"] == len(list((tmp_path / "val").iterdir()))
    assert run[0]["figures"]["diversity"]["value"] == pytest.approx(0, abs=0.05)  # its last blocks start at zero
    assert "| edges-to-shoes |" in capsys.readouterr().out
    with pytest.raises(DataError, match="no protocol for UNetGenerator"):
        sketch_evaluation.evaluate_sketches("edges-to-shoes", UNetGenerator(width=4, depth=3), tmp_path, tmp_path)


def test_the_ablation_measures_every_variant(tmp_path, monkeypatch):
    data = write_fake_pairs(tmp_path / "all", count=6, size=64)
    official = write_fake_pairs(tmp_path / "official", count=4, size=64)
    small = {"batch": 2, "scale": (1.0, 1.0), "precision": "no"}
    monkeypatch.setattr(light, "efficientnet_lite", lambda variant: small_features())
    monkeypatch.setattr(sketch_ablation, "SIZE", 64)
    done = sketch_ablation.sketch_ablation(
        "edges-to-shoes",
        data,
        official,
        [draw(hand) for hand in list(SHOES.values())[:2]],
        tmp_path / "out",
        images=4,
        cache=tmp_path / "cache",
        base=SketchRecipe(widths=(8, 8, 8), fine=8, **small),
        dropout=Pix2PixRecipe(width=4, depth=4, discriminator_width=4, batch=2, load_size=64, crop=64),
        features=PooledFeatures(Patches()),
        cpu=True,
    )
    assert len(done) == 5 and {*MEASURED, "KID, drawn by hand"} == set(done["L1 alone"])
    table = (tmp_path / "out" / "table.md").read_text().splitlines()
    assert table[0].startswith("| edges-to-shoes, 4 pictures seen | KID | FID |") and len(table) == 8
    assert table[6].startswith("| pix2pix, dropout as noise | - | - |") and table[7].startswith("| true photos |")


def test_without_extra_photos_no_row_leaves_them_out(tmp_path, monkeypatch):
    data = write_fake_pairs(tmp_path / "official", count=4, size=64)
    monkeypatch.setattr(sketch_ablation, "SIZE", 64)
    with pytest.raises(DataError, match="no configuration official pairs alone; there are bundled recipe; L1 alone;"):
        sketch_ablation.sketch_ablation(
            "edges-to-handbags",
            data,
            data / ".." / "official",
            [draw(next(iter(BAGS.values())))],
            tmp_path / "out",
            names=["official pairs alone"],
            cache=tmp_path / "cache",
            features=PooledFeatures(Patches()),
        )
