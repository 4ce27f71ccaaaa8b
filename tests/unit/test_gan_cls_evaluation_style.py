"""Style verification on pictures whose styles are known."""

import numpy as np
import pytest
import torch

from cgan_demo.errors import DataError
from cgan_demo.gan_cls import style_evaluation as style


def grounds(count=30):
    """Discs on three grounds, at two places: pictures, the ground's number, the place's."""
    rng = np.random.default_rng(0)
    tones, places = ((20, 20, 20), (60, 140, 60), (200, 200, 210)), ((20, 20), (44, 44))
    ground, place = rng.integers(3, size=count), rng.integers(2, size=count)
    y, x = np.mgrid[:64, :64]
    pictures = np.empty((count, 64, 64, 3), np.uint8)
    for i, (g, p) in enumerate(zip(ground, place, strict=True)):
        pictures[i] = tones[g]
        pictures[i][(x - places[p][0]) ** 2 + (y - places[p][1]) ** 2 < 144] = (220, 40, 60)
    return pictures, ground, place


def same(a, b):
    """Whether two labellings part things in the same way."""
    return all((a[i] == a[j]) == (b[i] == b[j]) for i in range(len(a)) for j in range(len(a)))


def test_clusters_find_grounds_and_places():
    pictures, ground, place = grounds()
    assert same(style.clusters(style.backgrounds(pictures), 3), ground)
    assert same(style.clusters(style.poses(pictures), 2), place)


def test_roc_auc_by_hand():
    assert style.roc_auc(np.array([3.0, 1.0]), np.array([2.0, 0.0])) == 0.75
    assert style.roc_auc(np.array([1.0]), np.array([1.0])) == 0.5
    assert style.roc_auc(np.array([0.0]), np.array([1.0])) == 0


def test_pairs_are_alike_and_unlike():
    labels = np.array([0, 0, 1, 1, 2])
    alike, unlike = style.draw_pairs(labels, 50)
    assert (labels[alike[:, 0]] == labels[alike[:, 1]]).all() and (alike[:, 0] != alike[:, 1]).all()
    assert (labels[unlike[:, 0]] != labels[unlike[:, 1]]).all()
    with pytest.raises(DataError, match="styles"):
        style.draw_pairs(np.zeros(4, int), 5)


def test_an_encoder_that_reads_the_ground_verifies_it():
    pictures, ground, place = grounds()

    class Reads(torch.nn.Module):
        def style(self, x):
            return x[:, :, 0].mean(2)

    read = style.styles(Reads(), pictures, batch=7)
    labels = style.clusters(style.backgrounds(pictures), 3)
    assert style.verification(read - read.mean(0), labels, 500) > 0.95
    assert 0.3 < style.verification(np.random.default_rng(0).normal(size=(30, 5)), labels, 500) < 0.7
