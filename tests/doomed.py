"""Programs that tests of faults start, and kill or let meet: `python doomed.py PROGRAM ARGUMENTS`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BATCH, IMAGES = 2, 12
FATAL = 3  # the step, or the save, in which a training is killed


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# Training


def tiny_training(run_dir: Path, **settings: Any) -> Any:
    """A run of the training loop whose every step is worth a checkpoint and a row; returns its result."""
    import torch
    from torch import Tensor, nn

    from cgan_demo.training.loop import RunSettings, System, adam, train

    class Tiny(System):
        def __init__(self) -> None:
            torch.manual_seed(0)
            net = nn.Conv2d(3, 3, 1)
            self.networks, self.optimizers = {"generator": net}, {"generator": adam(net, 0.01, (0.9, 0.99))}

        def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
            x = batch["x"] + 0.1 * torch.randn(batch["x"].shape)
            loss = (self.networks["generator"](x) + x).abs().mean()
            self.update("generator", loss)
            return {"l1": loss}

        def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
            return generator(torch.zeros(1, 3, 4, 4)), 1

    class Stream(torch.utils.data.Dataset):
        def __getitem__(self, position: int) -> dict[str, Tensor]:
            return {"x": torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(position))}

    often = {"batch": BATCH, "checkpoint_minutes": 0, "report_images": BATCH, "cpu": True, "progress_bar": False}
    return train(Tiny(), Stream(), run_dir, RunSettings(**{**often, **settings}))


def on_call(count: int, function: Callable[..., Any], instead: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, but `instead` on its call number `count`."""
    calls = iter(range(1, sys.maxsize))
    return lambda *args, **kwargs: (instead if next(calls) == count else function)(*args, **kwargs)


def half_written(state: Any, file: Any) -> None:
    """Killed in the middle of writing a checkpoint."""
    import io

    import torch

    whole = io.BytesIO()
    SAVE(state, whole)
    file.write(whole.getvalue()[: whole.tell() // 2])
    file.flush()
    assert torch.save is not SAVE
    die()


def kill(moment: str) -> None:
    """Arrange that this process is killed at `moment`."""
    import torch

    from cgan_demo import files
    from cgan_demo.training import loop

    global SAVE
    SAVE, replace = torch.save, os.replace
    if moment == "while writing":
        torch.save = on_call(FATAL, SAVE, half_written)
    elif moment == "before the rename":
        files.os.replace = on_call(FATAL, replace, lambda *_: die())
    elif moment == "after the rename":
        files.os.replace = on_call(FATAL, replace, lambda *args: (replace(*args), die()))
    else:
        loop._check_finite = on_call(FATAL, loop._check_finite, lambda *_: die())


SAVE: Any = None
MOMENTS = ("while writing", "before the rename", "after the rename", "in a step")


def trainings(folder: str) -> None:
    """Kill a training at each of MOMENTS, go on with it, and print what was there between and in the end."""
    import torch

    from cgan_demo.training import checkpoint, loop  # noqa: F401  # once, for all the children

    torch.set_num_threads(1)
    report = {}
    for moment in MOMENTS:
        run_dir = Path(folder) / moment
        child = os.fork()
        if child == 0:
            kill(moment)
            tiny_training(run_dir, images=IMAGES)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        state = checkpoint.load(run_dir)
        report[moment] = {"killed": os.WTERMSIG(status), "images": state["images"] if state else 0}
        tiny_training(run_dir, images=IMAGES)
    tiny_training(Path(folder) / "whole", images=IMAGES)
    print(json.dumps(report))


# Files that several want


def meet(folder: str, where: str) -> None:
    """Wait until two processes are at this place."""
    (Path(folder) / f"{os.getpid()}.{where}").touch()
    while len(list(Path(folder).glob(f"*.{where}"))) < 2:
        time.sleep(0.01)


def computed(folder: str) -> None:
    """Compute a cached file at the same time as another process does."""
    import numpy as np

    from cgan_demo.data.cache import computed_once, decoded_once

    def compute() -> np.ndarray:
        meet(folder, "numbers")
        return np.arange(100_000)

    def read(i: int) -> np.ndarray:
        meet(folder, "rows")
        return np.full(100, i, np.uint8)

    cache = Path(folder) / "cache"
    first = computed_once(cache, "numbers", "key", compute)
    second = decoded_once(cache, "rows", "key", (50, 100), read)
    print(int(first.sum()), int(np.asarray(second, np.int64).sum()))


def fetched(url: str, path: str) -> None:
    from cgan_demo.data.download import download

    print(len(download(url, Path(path)).read_bytes()))


def pulled(model_id: str, endpoint: str, cache: str, sha256: str) -> None:
    from dataclasses import replace

    from cgan_demo import catalog, weights

    catalog.MODELS = tuple(replace(model, sha256=sha256 or None) for model in catalog.MODELS)
    print(weights.pull(model_id, endpoint, cache_dir=Path(cache)))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
