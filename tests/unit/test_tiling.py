"""Tiles of a large picture meet without seams."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cgan_demo.images import translate_tiled
from cgan_demo.pix2pix.light import LightUNetGenerator

TILE, OVERLAP, MULTIPLE = 64, 32, 8


def conv_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(8, 8, 5, padding=2),
        nn.Tanh(),
        nn.Conv2d(8, 3, 3, padding=1),
    )


@pytest.mark.parametrize("size", [(64, 64), (64, 136), (200, 168), (24, 320), (72, 72)])
@torch.inference_mode()
def test_tiled_equals_whole(size: tuple[int, int]) -> None:
    network, x = conv_net(), torch.randn(1, 3, *size)
    tiled = translate_tiled(network, x, TILE, OVERLAP, MULTIPLE)
    assert (tiled - network(x)).abs().max() < 1e-4


@torch.inference_mode()
def test_no_seam_energy() -> None:
    """Where tiles disagree, as those of a deep network do, no line stands out against the picture's own texture."""
    torch.manual_seed(0)
    x = torch.randn(1, 3, 256, 256)
    offsets = iter(torch.linspace(-0.5, 0.5, 100)[torch.randperm(100)])
    tiled = translate_tiled(lambda tile: tile + next(offsets), x, TILE, OVERLAP, MULTIPLE)
    blended = tiled - x  # what tiling itself adds
    steps = blended.diff(dim=3).abs().amax()
    assert steps < 0.15  # spread over 16 px; a hard seam would jump by up to 1 at once
    energy = tiled.diff(dim=3).square().mean(dim=(0, 1, 2))
    assert energy.max() < 1.25 * x.diff(dim=3).square().mean(dim=(0, 1, 2)).max()


@torch.inference_mode()
def test_no_seam_energy_of_a_deep_network() -> None:
    """At tile borders the tiled translation has no more gradient than elsewhere."""
    torch.manual_seed(0)
    network = LightUNetGenerator(widths=(8, 8, 8)).eval()
    x = nn.functional.interpolate(torch.randn(1, 3, 16, 32), scale_factor=8, mode="bicubic")
    tiled, whole = translate_tiled(network, x, TILE, OVERLAP, MULTIPLE), network(x)
    ratio = tiled.diff(dim=3).square().sum(dim=(1, 2)) / whole.diff(dim=3).square().sum(dim=(1, 2))
    assert ratio.max() < 1.1
    assert (tiled - whole).abs().mean() < 0.05 * whole.std()


def test_tiles_are_aligned_and_bounded() -> None:
    seen: list[tuple[int, int]] = []
    progress: list[tuple[int, int]] = []

    def fn(tile: Tensor) -> Tensor:
        seen.append((tile.shape[2], tile.shape[3]))
        # the position of each pixel is in the picture: a tile must start at a multiple
        assert tile[0, 0, 0, 0] % MULTIPLE == 0 and tile[0, 1, 0, 0] % MULTIPLE == 0
        return tile

    grid = torch.stack(torch.meshgrid(torch.arange(136.0), torch.arange(104.0), indexing="ij"))
    x = torch.cat([grid, grid[:1]])[None]
    out = translate_tiled(fn, x, TILE, OVERLAP, MULTIPLE, lambda done, total: progress.append((done, total)))
    assert torch.allclose(out, x, atol=1e-4)
    assert max(max(shape) for shape in seen) <= TILE
    assert progress == [(i + 1, len(seen)) for i in range(len(seen))]


def test_sides_must_fit() -> None:
    with pytest.raises(ValueError, match="multiple"):
        translate_tiled(lambda x: x, torch.zeros(1, 3, 30, 32), TILE, OVERLAP, MULTIPLE)
