"""Patch matching between the features of a picture and those of its references, and moving what lies there.

Zhang, Wang, Lin, Qi, *Image Super-Resolution by Neural Texture Transfer*, CVPR 2019, section 3.2: the score of two
places is the inner product of their patches of features, scaled to length one (equation 1); each place of the input
takes the patch of the reference that scores best (equation 2), and where patches overlap they are averaged.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

CHUNK = 1 << 20  # scores in memory at once: as many as a processor keeps close by


def patch_vectors(features: Tensor, patch: int) -> Tensor:
    """Patches around all places of (N, C, h, w), zeros beyond it, as vectors of length one: (N, h w, C patch^2)."""
    vectors = features.flatten(2) if patch == 1 else F.unfold(features, patch, padding=patch // 2)
    return F.normalize(vectors.transpose(1, 2), dim=2, eps=1e-6)


@torch.no_grad()
def best_match(query: Tensor, reference: Tensor, patch: int = 3, chunk: int = CHUNK) -> tuple[Tensor, Tensor]:
    """The place of the reference that suits each place of the query best, by exhaustive search in bounded memory.

    The matrix of scores is made piece by piece, and so are the patches of both sides.

    Args:
        query: (C, h, w). reference: (R, C, H, W), R pictures or shifts of one size.
        patch: side of the patches, odd. chunk: scores held at once.

    Returns:
        index: (h w,) int64 into the R H W places of the reference, row by row; the first of equals.
        score: (h w,) from -1 to 1.
    """
    (_, height, width), (count, _, rows, columns) = query.shape, reference.shape
    step = _rows_at_once(chunk, columns * width, rows, height, (query.shape[0] * patch**2) * columns)
    best = query.new_full((height * width,), -2.0)
    index = torch.zeros(height * width, dtype=torch.int64, device=query.device)
    for top in range(0, height, step):
        asked = _strip(query, top, step, patch)
        places = slice(top * width, top * width + len(asked))
        for r in range(count):
            for first in range(0, rows, step):
                scores = asked @ _strip(reference[r], first, step, patch).T
                score, place = scores.max(1)
                better = score > best[places]
                best[places] = torch.where(better, score, best[places])
                place = place + (r * rows + first) * columns
                index[places] = torch.where(better, place, index[places])
    return index, best


def _rows_at_once(chunk: int, scores_per_row_pair: int, rows: int, height: int, row_of_vectors: int) -> int:
    """Rows of either side to take at once, so that neither scores nor vectors are more than `chunk` numbers."""
    by_scores = int((chunk / max(1, scores_per_row_pair)) ** 0.5)
    return max(1, min(by_scores, chunk // max(1, row_of_vectors), max(rows, height)))


def _strip(features: Tensor, first: int, count: int, patch: int) -> Tensor:
    """The patch vectors of some rows of (C, H, W): (rows W, C patch^2)."""
    margin, (_, height, _) = patch // 2, features.shape
    above, last = min(first, margin), min(first + count, height)
    strip = features[None, :, first - above : min(last + margin, height)]
    vectors = patch_vectors(strip, patch)[0].view(strip.shape[2], strip.shape[3], -1)
    return vectors[above : above + last - first].flatten(0, 1)


def window(side: int, overlap: int) -> Tensor:
    """Weights (side, side) of a patch where its neighbours, `overlap` px away from each other, lie over it.

    Highest in the middle and falling to the border, so that what a patch knows best counts most.
    """
    ramp = torch.arange(side) + 0.5
    line = torch.minimum(ramp, side - ramp).clamp(max=overlap) / overlap
    return line[:, None] * line[None]


def moved_patches(picture: Tensor, row: Tensor, column: Tensor, side: int, owner: Tensor | None = None) -> Tensor:
    """Square patches cut from pictures.

    Args:
        picture: (N, C, H, W). row, column: (P,) int64, upper left corners.
        owner: (P,) which of the pictures; the first by default.

    Returns: (P, C, side, side)
    """
    windows = picture.unfold(2, side, 1).unfold(3, side, 1)  # (N, C, H - side + 1, W - side + 1, side, side), a view
    owner = torch.zeros_like(row) if owner is None else owner
    return windows[owner, :, row, column]


def laid(patches: Tensor, height: int, width: int, cell: int, even: bool = False) -> Tensor:
    """Patches, one per cell of a grid, put there and averaged where they overlap.

    Args:
        patches: (N, h w, C, side, side), side an odd multiple of `cell`: a patch reaches as far around its cell as the
            patches of features did that it was found by.
        height, width: h, w, in cells.
        even: all of a patch counts alike, as in the paper; else its middle counts most, see `window`.

    Returns: (N, C, h cell, w cell)
    """
    n, _, channels, side, _ = patches.shape
    margin = (side - cell) // 2
    size = (height * cell + 2 * margin, width * cell + 2 * margin)
    weights = patches.new_ones(side, side) if even else window(side, (side + cell) // 2).to(patches)
    weighted = (patches * weights).flatten(2).transpose(1, 2)  # (N, C side^2, h w)
    total = weights.flatten()[None, :, None].expand(1, -1, height * width)
    summed = F.fold(weighted, size, side, stride=cell) / F.fold(total, size, side, stride=cell)
    return summed[:, :, margin : size[0] - margin, margin : size[1] - margin].reshape(
        n, channels, height * cell, width * cell
    )


@torch.no_grad()
def coarse_to_fine_match(query: Tensor, reference: Tensor, chunk: int = CHUNK) -> tuple[Tensor, Tensor]:
    """`best_match` of single places, nearly: every fourth place is looked for everywhere, the others where those lie.

    A place takes over what its neighbours found, moved along, and looks around there; then once more, as in
    Barnes et al., *PatchMatch*, SIGGRAPH 2009. The reference is twice as fine as the query, see `reference.described`.

    Args:
        query: (C, h, w), vectors of length one. reference: (C, 2 H, 2 W), the same.

    Returns:
        index: (h w,) int64 into the places of the reference. score: (h w,).
    """
    (_, height, width), columns = query.shape, reference.shape[2]
    index, _ = best_match(query[:, ::2, ::2], reference[None], 1, chunk)
    coarse = torch.stack([index // columns, index % columns])
    coarse = coarse.view(2, -(-height // 2), -(-width // 2))  # places of the reference, row and column
    place = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)[:, :height, :width].clone()
    place[0, 1::2] += 2
    place[1, :, 1::2] += 2
    search = _Search(query, reference, place)
    search.look(_around(2))
    for distance in (2, 1):
        search.adopt(distance)
        search.look(_around(1))
    return search.place[0] * columns + search.place[1], search.score


def _around(distance: int) -> list[tuple[int, int]]:
    steps = range(-distance, distance + 1)
    return [(y, x) for y in steps for x in steps if (y, x) != (0, 0)]


class _Search:
    """The best places known so far of a query in a reference, and their scores.

    place: (2, h w) int64, row and column. score: (h w,).
    """

    def __init__(self, query: Tensor, reference: Tensor, place: Tensor):
        self.size, (_, self.rows, self.columns) = query.shape[1:], reference.shape
        self.query = query.flatten(1).T.contiguous()  # (h w, C)
        self.reference = reference.flatten(1).T.contiguous()  # (rows columns, C)
        self.place = self._inside(place.flatten(1))
        self.score = self._scores(self.place)

    def look(self, steps: list[tuple[int, int]]) -> None:
        """Try the places `steps` away from the best ones."""
        start = self.place
        for step in steps:
            self._try(start + torch.tensor(step, device=start.device)[:, None])

    def adopt(self, distance: int) -> None:
        """Try what the eight neighbours at `distance` found, moved along."""
        grid = self.place.view(2, *self.size)
        rows, columns = (torch.arange(n, device=grid.device) for n in self.size)
        for y, x in _around(1):
            their_rows, their_columns = (
                (own + distance * step).clamp(0, len(own) - 1) for own, step in ((rows, y), (columns, x))
            )
            theirs = grid[:, their_rows][:, :, their_columns].clone()
            theirs[0] += 2 * (rows - their_rows)[:, None]
            theirs[1] += 2 * (columns - their_columns)[None]
            self._try(theirs.flatten(1))

    def _try(self, place: Tensor) -> None:
        place = self._inside(place)
        score = self._scores(place)
        better = score > self.score
        self.score = torch.where(better, score, self.score)
        self.place = torch.where(better, place, self.place)

    def _inside(self, place: Tensor) -> Tensor:
        return torch.stack([place[0].clamp(0, self.rows - 1), place[1].clamp(0, self.columns - 1)])

    def _scores(self, place: Tensor) -> Tensor:
        return (self.reference[place[0] * self.columns + place[1]] * self.query).sum(1)
