import numpy as np
import pytest
import torch
from torch import nn

from cgan_demo.errors import DataError
from cgan_demo.evaluation import metrics


class Flat(nn.Module):
    """A feature network of one map: the picture itself."""

    def forward(self, x):
        return [x]


def test_pooled_features_average_the_last_map_of_bytes_or_floats():
    pictures = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    pictures[0, 0, :2] = 255
    pooled = metrics.PooledFeatures(Flat())
    assert torch.allclose(pooled(pictures), torch.tensor([[0.0, -1, -1], [-1, -1, -1]]))
    assert torch.equal(pooled(pictures), pooled(pictures / 127.5 - 1))


def test_embed_is_the_network_on_each_picture():
    pictures = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    features = metrics.embed(pictures, metrics.PooledFeatures(Flat()), batch=2)
    assert np.allclose(features, pictures.mean((1, 2)) / 127.5 - 1, atol=1e-5)


def test_kid_is_the_unbiased_polynomial_mmd():
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [3.0]])  # kernel (x y + 1)^3, whole sets as subsets
    within_x, within_y = 1.0, 7.0**3  # k(0, 1) = 1, k(2, 3) = 343
    across = (1 + 1 + 3**3 + 4**3) / 4
    mean, deviation = metrics.kernel_distance(x, y, subsets=3)
    assert mean == pytest.approx(within_x + within_y - 2 * across)
    assert deviation == pytest.approx(0, abs=1e-4)


def test_kid_and_fid_of_equal_and_of_shifted_sets():
    features = torch.randn(120, 4, generator=torch.Generator().manual_seed(0))
    near, far = metrics.kernel_distance(features, features)[0], metrics.kernel_distance(features, features + 2)[0]
    assert abs(near) < 0.02 * far  # a little under 0: random subsets of one set share pictures
    assert metrics.frechet_distance(features, features) == pytest.approx(0, abs=1e-3)
    assert metrics.frechet_distance(features, features + 2) == pytest.approx(4 * 2**2, rel=1e-3)


def test_kid_follows_from_its_seed_and_leaves_the_global_one_alone():
    a, b = torch.randn(2, 90, 4, generator=torch.Generator().manual_seed(1))
    before = torch.get_rng_state()
    first = metrics.kernel_distance(a, b, subset_size=20, seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(5)
    assert metrics.kernel_distance(a, b, subset_size=20, seed=3) == first
    assert metrics.kernel_distance(a, b, subset_size=20, seed=4) != first


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
    ],
)
def test_lab_of_known_colours(rgb, lab):
    assert metrics.srgb_to_lab(np.array(rgb, np.uint8)) == pytest.approx(lab, abs=0.05)


def test_histogram_intersection_by_hand():
    white, black = np.full((4, 4, 3), 255, np.uint8), np.zeros((4, 4, 3), np.uint8)
    half = metrics.lab_histograms([white, black])
    assert half.sum(1) == pytest.approx([1, 1, 1])
    assert metrics.histogram_intersection(half, half) == pytest.approx({"L": 1, "a": 1, "b": 1})
    overlap = metrics.histogram_intersection(half, metrics.lab_histograms([white]))
    assert overlap["L"] == pytest.approx(0.5)


def test_within_wants_all_channels_and_does_not_wrap_around():
    truth = np.array([[[[0, 0, 0], [255, 255, 255], [10, 10, 10], [100, 100, 100]]]], np.uint8)
    guess = np.array([[[[5, 5, 5], [2, 255, 255], [10, 16, 10], [100, 100, 110]]]], np.uint8)
    assert metrics.within(truth, guess, 5) == 0.25
    assert metrics.within(truth, guess, 10) == 0.75


def test_rmse_and_psnr_by_hand():
    truth = np.zeros((2, 4, 4, 3), np.uint8)
    guess = truth.copy()
    guess[0] = 10
    assert metrics.rmse(truth, guess) == pytest.approx(50**0.5)
    assert metrics.psnr(25.5) == pytest.approx(20)
    assert metrics.psnr(metrics.rmse(truth, truth)) == float("inf")


def test_neighbours_by_hand():
    x = torch.tensor([[0.0, 0], [3, 4]])
    others = torch.tensor([[0.0, 1], [3, 0], [3, 4]])
    assert metrics.nearest_distances(x, others).tolist() == [1, 0]
    assert metrics.nearest_distances(x, others, 2).tolist() == pytest.approx([3, 4])
    with pytest.raises(DataError, match="neighbour 4"):
        metrics.nearest_distances(x, others, 4)


def test_precision_and_recall_by_hand():
    real = torch.tensor([[0.0], [1], [2], [10], [11], [12]])  # each one's nearest is 1 away
    inside, outside = [[0.5], [1.5], [2.5]], [[5.0], [20], [30]]
    fake = torch.tensor(inside + outside)
    precision, recall = metrics.precision_recall(real, fake, k=1)
    assert precision == pytest.approx(0.5)
    assert recall == pytest.approx(1)  # balls of 10 around 20 and 30, of 2.5 around 5 and of 1 around the others
    assert metrics.precision_recall(real, real, 1) == (1, 1)
    collapsed = torch.cat([real[:1] + 0.01 * torch.arange(6.0)[:, None], real + 100])
    assert metrics.precision_recall(real, collapsed, 1) == (1, pytest.approx(1 / 6))
