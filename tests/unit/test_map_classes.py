import numpy as np
import pytest
import torch

from cgan_demo.data.fake import PALETTE, fake_pair
from cgan_demo.evaluation import maps


@pytest.mark.parametrize("name", maps.CLASSES)
def test_the_palette_is_classified(name):
    colour = np.array(PALETTE[name], np.uint8).reshape(1, 1, 3)
    for noise in (-3, 0, 3):
        shifted = np.clip(colour.astype(int) + noise, 0, 255).astype(np.uint8)
        assert maps.CLASSES[maps.classify(shifted).item()] == name


def test_the_border_between_buildings_and_streets():
    greys = np.array([[[g, g - 1, g - 3] for g in (228, 238, 244, 250, 253, 255)]], np.uint8)
    assert maps.classify(greys).tolist() == [[maps.GROUND] * 3 + [maps.STREET] * 3]


def test_confusion_recall_and_iou_by_hand():
    truth = np.array([[0, 0, 0, 1], [3, 3, 4, 4]], np.uint8)
    guess = np.array([[0, 0, 1, 1], [3, 0, 4, 4]], np.uint8)
    matrix = maps.confusion(truth, guess)
    assert matrix[0].tolist() == [2, 1, 0, 0, 0] and matrix[3].tolist() == [1, 0, 0, 1, 0] and matrix.sum() == 8
    assert maps.mean_recall(matrix) == pytest.approx((2 / 3 + 1 + 1 / 2 + 1) / 4)  # no highway in the truth
    assert maps.ious(matrix) == pytest.approx([2 / 4, 1 / 2, np.nan, 1 / 2, 1], nan_ok=True)


def test_truth_has_recall_one_and_a_constant_a_fifth():
    truth = np.arange(5, dtype=np.uint8).repeat(4).reshape(4, 5)
    assert maps.mean_recall(maps.confusion(truth, truth)) == 1
    assert maps.mean_recall(maps.confusion(truth, np.zeros_like(truth))) == pytest.approx(0.2)


def test_weights_give_every_class_the_same_share():
    plan = np.empty((1, 40, 40, 3), np.uint8)
    for i, name in enumerate(maps.CLASSES):
        plan[:, 8 * i : 8 * i + 8] = PALETTE[name]
    assert maps.class_weights(plan).tolist() == pytest.approx([1] * 5, rel=0.02)
    plan[:, 8:16] = PALETTE["ground"]  # no street any more, ground twice
    weights = maps.class_weights(plan)
    assert weights[2].item() == pytest.approx(2 * weights[0].item(), rel=0.02) and torch.isfinite(weights).all()


class Patches(torch.nn.Module):
    """A frozen network of two maps, at strides 4 and 8: means of patches."""

    def forward(self, x):
        return [torch.nn.functional.avg_pool2d(x, k) for k in (4, 8)]


def test_the_recogniser_learns_and_is_reproducible():
    pairs = np.stack([np.stack([np.asarray(x) for x in fake_pair(i)]) for i in range(8)])
    features = Patches()
    first = maps.train_recogniser(pairs, features, 800, crop=64, lr=4e-3, width=24)
    again = maps.train_recogniser(pairs, features, 16, crop=64, width=8)
    more = maps.train_recogniser(pairs, features, 16, crop=64, width=8)
    assert all(torch.equal(a, b) for a, b in zip(again.parameters(), more.parameters(), strict=True))
    truth = maps.classify(pairs[:, 1])
    read = maps.recognise(first, pairs[:, 0])
    assert read.shape == truth.shape and read.dtype == np.uint8
    assert maps.mean_recall(maps.confusion(truth, read)) > 0.6
