"""Thinning machine edges, roughening them as hands draw, and our own drawings."""

import numpy as np
import pytest
import torch

from cgan_demo.bicyclegan import strokes
from cgan_demo.images import to_tensor
from cgan_demo.pix2pix.edges import thin, to_ink
from cgan_demo.ui.sketch.drawings import BAGS, SHOES, draw, drawings
from cgan_demo.ui.sketch.facades import LABELS, facades


def square_with_cross() -> torch.Tensor:
    """Ink (1, 128, 128): a closed square with a cross inside that does not touch it."""
    ink = torch.zeros(1, 128, 128)
    ink[:, 20:108, 20:22] = ink[:, 20:108, 106:108] = 1
    ink[:, 20:22, 20:108] = ink[:, 106:108, 20:108] = 1
    ink[:, 60:64, 50:78] = ink[:, 48:76, 62:66] = 1
    return ink


def pieces(mask: np.ndarray) -> int:
    """Number of 8-connected pieces."""
    left, count = {tuple(p) for p in np.argwhere(mask)}, 0
    while left:
        count, todo = count + 1, [left.pop()]
        while todo:
            y, x = todo.pop()
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            todo += near
    return count


def test_thinning_leaves_connected_lines_of_one_pixel():
    mask = strokes.pen(square_with_cross(), np.random.default_rng(0))[0].numpy() > 0.5
    thick = torch.nn.functional.max_pool2d(torch.from_numpy(mask).float()[None], 5, 1, 2)[0].numpy() > 0
    line = thin(thick)
    blocks = line[:-1, :-1].astype(int) + line[1:, :-1] + line[:-1, 1:] + line[1:, 1:]
    assert blocks.max() <= 3  # no 2 x 2 block is full
    assert pieces(line) == pieces(thick) == 2
    assert (line & ~thick).sum() == 0 and line.sum() > 300


def test_thinning_a_line_changes_nothing():
    mask = np.zeros((20, 20), bool)
    mask[10, 3:17] = True
    assert (thin(mask) == mask).all()


def test_the_outline_drops_what_is_inside():
    ink = square_with_cross()
    found = strokes.outline(ink)
    assert found[:, 40:90, 40:90].sum() == 0
    assert found.sum() > 0.9 * (ink.sum() - ink[:, 40:90, 40:90].sum())


def test_ink_and_drawing_are_inverse():
    ink = torch.rand(2, 1, 8, 8)
    assert torch.allclose(to_ink(strokes.to_drawing(ink)), ink, atol=1e-6)


def test_holes_take_the_share_they_are_asked_for():
    mask = strokes.keep_mask(torch.zeros(1, 200, 200), np.random.default_rng(0), 0.3)
    assert abs((1 - mask.mean().item()) - 0.3) < 0.01


def test_bending_moves_lines_by_a_few_pixels():
    ink = torch.zeros(1, 64, 64)
    ink[:, 32] = 1
    still = strokes.bend(ink, np.random.default_rng(0), 0.0)
    assert torch.allclose(still, ink, atol=1e-4)
    rows = strokes.bend(ink, np.random.default_rng(0), 2.0)[0].argmax(0).float()
    assert 0.3 < (rows - 32).abs().mean() < 6


def test_roughening_is_seeded_varied_and_keeps_its_range():
    drawing = strokes.to_drawing(square_with_cross())
    results = [strokes.roughen(drawing, np.random.default_rng(i)) for i in range(30)]
    assert torch.equal(results[3], strokes.roughen(drawing, np.random.default_rng(3)))
    ink = torch.stack([to_ink(r).mean() for r in results])
    assert ink.min() < 0.8 * ink.median() and ink.max() > 1.3 * ink.median()
    assert all(r.shape == drawing.shape and r.min() >= -1 and r.max() <= 1 for r in results)
    assert sum(torch.equal(r, drawing) for r in results) < 10


def test_paper_floods_in_through_wide_gaps_only():
    ink = torch.zeros(1, 1, 128, 128)
    ink[..., 32:96, 32] = ink[..., 32:96, 95] = ink[..., 32, 32:96] = ink[..., 95, 32:96] = 1
    closed = strokes.outside(ink, 32)
    assert closed[..., 0, 0] == 1 and closed[..., 16, 16] == 0
    ink[..., 32, 58:70] = 0  # 12 px of the upper line
    assert strokes.outside(ink, 32)[..., 16, 16] == 1 and strokes.outside(ink, 8)[..., 4, 4] == 0
    assert strokes.outside(torch.zeros(2, 1, 64, 64), 16).min() == 1


def test_the_paper_around_is_known_where_an_outline_is_closed():
    ink = torch.zeros(1, 1, 256, 256)
    assert strokes.paper_around(ink) is None
    ink[..., 60:200, 60] = ink[..., 60:200, 199] = ink[..., 60, 60:200] = ink[..., 199, 60:200] = 1
    paper = strokes.paper_around(ink)
    assert paper.shape[-1] == 64 and paper[..., 32, 32] == 0 and paper[..., 4, 4] == 1
    ink[..., 60, 120:128] = 0  # a gap that only a coarser grid closes
    paper = strokes.paper_around(ink)
    assert paper.shape[-1] < 64 and paper[..., paper.shape[-1] // 2, paper.shape[-1] // 2] == 0
    ink[..., 60, 80:180] = 0
    assert strokes.paper_around(ink) is None
    assert all(strokes.paper_around(to_ink(to_tensor(d))) is not None for d in drawings(BAGS).values())


@pytest.mark.parametrize("hands", [SHOES, BAGS], ids=["shoes", "bags"])
def test_our_drawings_are_black_lines_on_white(hands):
    assert len(hands) >= 12
    for name, picture in drawings(hands).items():
        grey = np.asarray(picture.convert("L"))
        assert grey.shape == (256, 256) and grey[0].min() == 255, name
        assert 0.002 < (grey < 128).mean() < 0.12, name
        assert (grey == np.asarray(draw(hands[name]).convert("L"))).all(), "drawn again, it is the same"


def test_our_house_fronts_use_the_label_colours_only():
    for name, picture in facades().items():
        colors = {tuple(c) for c in np.asarray(picture).reshape(-1, 3).tolist()}
        assert picture.size == (256, 256) and len(colors) >= 4 and colors <= set(LABELS.values()), name
