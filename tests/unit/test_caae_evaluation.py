"""The protocol of face ageing, on fake faces."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from cgan_demo.caae import evaluation
from cgan_demo.caae.aged import Aged
from cgan_demo.caae.autoencoder import FaceAger
from cgan_demo.caae.likeness import Likeness
from cgan_demo.data.ages import BINS, CENTRES
from cgan_demo.data.faces import load_faces
from cgan_demo.data.fake import write_fake_faces
from cgan_demo.evaluation.age_judge import AgeJudge, age_loss, cached_judge
from cgan_demo.evaluation.metrics import PooledFeatures
from cgan_demo.evaluation.report import without_nan
from cgan_demo.objectives import perceptual_distance


class Patches(torch.nn.Module):
    """Two maps, at strides 8 and 16: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (8, 16)]


class Colours(torch.nn.Module):
    """An embedding that knows a face by its mean colour."""

    def forward(self, x):
        x = x.float() / 127.5 - 1 if x.dtype == torch.uint8 else x
        return x.mean((2, 3))


class Asked(AgeJudge):
    """A judge that reads the age off the brightness of the picture."""

    def __init__(self):
        super().__init__(Patches(), 4)

    def years(self, faces, batch=16):
        return faces.reshape(len(faces), -1).mean(1) / 2.55


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    return load_faces(write_fake_faces(folder / "data", per_bin=8), 64, folder / "cache")


def aged(n: int = 4) -> evaluation.Aged:
    """Input i is grey level 10 i; asked ages are met exactly in brightness."""
    inputs = np.stack([np.full((64, 64, 3), 102, np.uint8)] * n)
    made = np.stack([[np.full((64, 64, 3), round(2.55 * c), np.uint8) for c in CENTRES]] * n)
    return Aged(inputs, inputs.copy(), made, np.array([40] * n), np.array([0, 1] * (n // 2)))


def test_a_face_that_has_the_asked_age_has_no_error():
    figures, estimates = evaluation.age_figures(aged(), Asked())
    assert figures["age error"]["value"] < 0.2 and figures["age error"]["reference"] == pytest.approx(0, abs=0.1)
    assert figures["rising steps of 9"]["value"] == 9 and estimates.shape == (4, 10)
    assert figures["mean age, asked 31-40"]["reference"] == pytest.approx(40, abs=0.1)


def test_a_perfect_copy_is_at_distance_nothing():
    figures = evaluation.reconstruction_figures(aged(), Patches())
    assert figures["RMSE of the copy"]["value"] == 0 == figures["perceptual distance of the copy"]["value"]


def test_kid_is_told_of_each_group(faces):
    training, validation = faces
    bins = validation.bins()
    true = [validation.some(bins == b, 100) for b in range(10)]
    made = np.stack([group[np.arange(8) % len(group)] for group in true], 1)
    made[:, 9] = np.random.default_rng(0).integers(0, 255, made[:, 9].shape)
    figures = evaluation.kid_figures(replace(aged(8), made=made), training, validation, Colours())
    names = [f"KID, asked {first}-{last}" for first, last in BINS]
    assert list(figures) == ["KID, mean over groups", *names]
    values = [figures[name]["value"] for name in names]
    assert max(values[:9]) < 0.02 < 0.1 < values[9]
    for kind in ("value", "reference"):
        assert figures["KID, mean over groups"][kind] == pytest.approx(np.mean([figures[n][kind] for n in names]))


def test_a_group_without_faces_has_no_kid(faces):
    training, validation = faces
    validation = replace(validation, ages=np.where(validation.bins() == 2, 8, validation.ages))
    figures = evaluation.kid_figures(aged(), training, validation, Colours())
    assert without_nan(figures)["KID, asked 11-15"] == {"value": None, "reference": None}
    others = [figures[f"KID, asked {first}-{last}"]["value"] for first, last in BINS if first != 11]
    assert figures["KID, mean over groups"]["value"] == pytest.approx(np.mean(others))


def test_both_at_once_needs_both(faces):
    training, _ = faces
    given = aged()
    likeness = Likeness(given, training, Colours(), Asked())
    estimates = np.tile(np.array(CENTRES), (4, 1))
    figures = likeness.figures(given.made, estimates)
    assert set(figures) >= {"distance to the input", "distance to the input, asked 71-100", "still that person"}
    unchanged = np.repeat(given.inputs[:, None], 10, 1)
    kept = likeness.figures(unchanged, estimates)
    assert kept["still that person"]["value"] == 1 and kept["both at once"]["value"] == 1
    wrong_age = likeness.figures(unchanged, estimates + 30)
    assert wrong_age["both at once"]["value"] == 0 and wrong_age["of these, the person"]["value"] == 1
    known = likeness.known_answers()
    assert set(known) == {f"both at once, {name}" for name in ("unchanged", "stranger", "blend")}
    assert known["both at once, unchanged"]["value"] == 0


def test_detail_is_what_the_best_fitting_age_lacks():
    given = aged(2)
    inputs = given.inputs.copy()
    inputs[:, ::2] += 20  # stripes that no age has; the mean fits that of 45.5 years best
    detailed = replace(given, inputs=inputs).with_detail(0.5)
    best = 6
    left = inputs[0].astype(float) - given.made[0, best]
    assert np.abs(detailed.made[0, best] - (given.made[0, best] + 0.5 * left)).max() <= 0.5
    assert (given.with_detail(0).made == given.made).all()


def test_perceptual_distance_by_hand():
    a, b = [torch.tensor([[[[1.0]], [[0.0]]]])], [torch.tensor([[[[0.0]], [[3.0]]]])]
    assert perceptual_distance(a, b).tolist() == [2.0] and perceptual_distance(a, a).tolist() == [0.0]


def test_the_judges_loss_is_least_at_the_true_age():
    logits = torch.full((1, 101), -20.0)
    years = torch.arange(101.0)
    right, wrong = (logits + 20 - (years - a).square() / (2 * 2.5**2) for a in (30, 60))
    assert age_loss(right, torch.tensor([30.0])) < age_loss(wrong, torch.tensor([30.0]))


def test_evaluate_measures_and_is_json(faces, tmp_path, capsys, monkeypatch):
    root = write_fake_faces(tmp_path / "data", per_bin=8)
    torch.manual_seed(0)
    net = FaceAger((8, 8), 4)
    monkeypatch.setattr(evaluation, "load_embedding", lambda folder: Colours())
    monkeypatch.setattr(evaluation, "_Teacher", lambda folder: Asked())
    options = {"judge_images": 32, "identity": tmp_path, "count": 10, "features": PooledFeatures(Patches()), "size": 64}
    report = evaluation.evaluate("face-aging", net, root, tmp_path / "cache", **options)
    assert report == json.loads(json.dumps(report, allow_nan=False))
    assert {
        "age error",
        "KID, mean over groups",
        "both at once",
        "by the teacher: both at once",
        "age error, women",
    } <= set(report["figures"])
    printed = capsys.readouterr().out
    assert "give --estimator" in printed
    assert "| 10 faces, 64 px | face-aging |" in printed and "| KID, asked 0-5 |" in printed
    training, _ = load_faces(root, 64, tmp_path / "cache")
    judge = cached_judge(training, Patches(), 32, tmp_path / "cache")
    assert judge.years(np.zeros((3, 64, 64, 3), np.uint8)).shape == (3,)


def test_a_judge_is_kept_for_its_faces_and_features_alone(faces, tmp_path):
    training, other = faces[0], Patches()
    other.scale = torch.nn.Parameter(torch.ones(1))
    changed = np.array(training.pictures)
    changed[5, 0, 0] ^= 1
    for asked in (training, training, replace(training, pictures=changed), replace(training, ages=training.ages + 1)):
        cached_judge(asked, Patches(), 16, tmp_path)
    assert len(list(tmp_path.glob("age-judge-*"))) == 3
    cached_judge(training, other, 16, tmp_path)
    assert len(list(tmp_path.glob("age-judge-*"))) == 4
