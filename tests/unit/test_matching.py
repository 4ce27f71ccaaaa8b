"""Matching against brute force, and laying patches against hand-computed values."""

import pytest
import torch

from cgan_demo.super_resolution.matching import best_match, coarse_to_fine_match, laid, patch_vectors


def patch_at(features, row, column, patch):
    """The patch around one place, as a vector of length one; zeros beyond the border."""
    reach, (channels, height, width) = range(-(patch // 2), patch // 2 + 1), features.shape
    values = []
    for c in range(channels):
        for y in (row + d for d in reach):
            for x in (column + d for d in reach):
                inside = 0 <= y < height and 0 <= x < width
                values.append(float(features[c, y, x]) if inside else 0.0)
    vector = torch.tensor(values)
    return vector / vector.norm()


def brute_force(query, reference, patch):
    known = [patch_at(one, y, x, patch) for one in reference for y in range(one.shape[1]) for x in range(one.shape[2])]
    asked = [patch_at(query, y, x, patch) for y in range(query.shape[1]) for x in range(query.shape[2])]
    scores = [[float(a @ k) for k in known] for a in asked]
    best = [max(range(len(known)), key=row.__getitem__) for row in scores]
    return best, [row[i] for row, i in zip(scores, best, strict=True)]


@pytest.mark.parametrize("patch", [1, 3])
@pytest.mark.parametrize("chunk", [1, 60, 400, 1 << 20])
def test_it_finds_what_brute_force_finds(patch, chunk):
    torch.manual_seed(0)
    query, reference = torch.randn(4, 5, 6), torch.randn(3, 4, 6, 4)
    index, score = best_match(query, reference, patch, chunk)
    wanted, best = brute_force(query, reference, patch)
    assert index.tolist() == wanted
    assert score.tolist() == pytest.approx(best, abs=1e-5)


def test_a_picture_finds_itself_and_the_first_of_equals():
    torch.manual_seed(1)
    picture = torch.randn(3, 5, 7)
    others = torch.randn(1, 3, 5, 7)
    index, score = best_match(picture, torch.cat([others, picture[None]]), 3, chunk=100)
    assert index.tolist() == list(range(35, 70)) and torch.allclose(score, torch.ones(35), atol=1e-5)
    index, _ = best_match(torch.ones(1, 4, 4), torch.ones(2, 1, 6, 4), 1, chunk=30)
    assert not index.any()


def test_brightness_does_not_count_and_opposites_score_minus_one():
    query = torch.tensor([1.0, 2.0]).view(2, 1, 1)
    assert best_match(query, 7 * query[None], 1)[1].item() == pytest.approx(1)
    assert best_match(query, -query[None], 1)[1].item() == pytest.approx(-1)
    assert torch.equal(patch_vectors(torch.zeros(1, 2, 3, 3), 3), torch.zeros(1, 9, 18))  # no 0 / 0


def test_patches_are_averaged_evenly_or_more_in_their_middle():
    patches = torch.tensor([0.0, 4.0]).view(1, 2, 1, 1, 1).expand(1, 2, 1, 3, 3)  # two neighbours, overlapping
    assert laid(patches, 1, 2, 1, even=True).flatten().tolist() == [2, 2]
    assert laid(patches, 1, 2, 1).flatten().tolist() == pytest.approx([1, 3])  # the middle counts three times as much


def test_coarse_to_fine_finds_nearly_what_exhaustive_search_finds() -> None:
    """A smooth reference, as those of pictures are, and a query cut from it: moved, and with noise."""
    torch.manual_seed(0)
    wide = torch.nn.functional.interpolate(torch.randn(1, 16, 12, 12), (48, 48), mode="bicubic")[0]
    reference = torch.nn.functional.normalize(wide, dim=0)
    query = reference[:, 6:38:2, 10:42:2] + 0.02 * torch.randn(16, 16, 16)
    query = torch.nn.functional.normalize(query, dim=0)
    exact, best = best_match(query, reference[None], 1)
    index, score = coarse_to_fine_match(query, reference)
    assert (index == exact).float().mean() > 0.9 and (score <= best + 1e-5).all()
    assert float((best - score).mean()) < 1e-3
    places = reference.flatten(1)[:, index]
    assert torch.allclose((places * query.flatten(1)).sum(0), score, atol=1e-5)
