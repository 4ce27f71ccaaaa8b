"""What a run leaves behind for its owner: `stats.jsonl`, TensorBoard scalars and sample grids."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import TrainingError
from ..files import atomic
from ..images import save_grid

STATS = "stats.jsonl"


class Reporter:
    """Collects scalars step by step and writes their means.

    Args:
        run_dir: where `stats.jsonl`, `samples/` and TensorBoard's files go.
        images: seen by the checkpoint that the run goes on from; what a killed run reported after it is dropped.
        tensorboard: also write TensorBoard scalars where the package is installed.
    """

    def __init__(self, run_dir: Path, images: int = 0, tensorboard: bool = True):
        self.run_dir = run_dir
        _drop_after(run_dir / STATS, images)
        self.sums: dict[str, float] = defaultdict(float)
        self.count = 0
        self.writer = _tensorboard(run_dir, images) if tensorboard else None

    def add(self, losses: Mapping[str, float]) -> None:
        for name, value in losses.items():
            self.sums[name] += value
        self.count += 1

    def write(self, images: int, **extra: float) -> dict[str, float]:
        """Write the means since the last call, stamped with the images seen."""
        row = {"images": images, **extra}
        row |= {name: total / max(1, self.count) for name, total in self.sums.items()}
        with (self.run_dir / STATS).open("a", encoding="utf-8") as f:
            f.write(json.dumps({k: round(v, 6) for k, v in row.items()}) + "\n")
        if self.writer is not None:
            for name, value in row.items():
                self.writer.add_scalar(name, value, images)
        self.sums.clear()
        self.count = 0
        return row

    def samples(self, grid: Tensor, columns: int, images: int) -> None:
        """Save a grid of pictures (N, 3, H, W) in [-1, 1] as `samples/<images>.png`."""
        folder = self.run_dir / "samples"
        folder.mkdir(exist_ok=True)
        save_grid(grid, folder / f"{images:09d}.png", columns)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


def _drop_after(path: Path, images: int) -> None:
    """Leave out rows of more than `images`, and one that a kill cut short."""
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [row for row in kept if row.endswith("}") and json.loads(row)["images"] <= images]
    if rows != kept:
        with atomic(path, TrainingError, alone=True) as file:
            file.writelines(f"{row}\n".encode() for row in rows)


def _tensorboard(run_dir: Path, images: int):
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(run_dir), purge_step=images + 1)


@torch.no_grad()
def interleave(*columns: Tensor) -> Tensor:
    """Stack (N, ...) batches so that a grid of len(columns) columns shows them side by side, one sample a row."""
    return torch.stack(columns, 1).flatten(0, 1)
