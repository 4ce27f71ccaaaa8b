"""Every system of the package, and a program that trains them all as one of several processes.

`python every_system.py FOLDER`, with the environment that `accelerate launch` would give but for the ranks: it imports
once, and forks for each rank.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
import sys
import traceback
from pathlib import Path

import torch
from tiny import BATCH, builders

import cgan_demo
from cgan_demo.training.loop import RunSettings, System, train

STEPS = 3


def every_system() -> set[type[System]]:
    """All that are defined anywhere in the package and have a step of their own, or their base's."""
    for module in pkgutil.walk_packages(cgan_demo.__path__, "cgan_demo."):
        if not module.name.startswith(("cgan_demo.ui", "cgan_demo.cli", "cgan_demo.serving")):
            importlib.import_module(module.name)

    def below(kind: type[System]) -> set[type[System]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    kinds = {kind for kind in below(System) if kind.__module__.startswith("cgan_demo.")}
    return {kind for kind in kinds if kind.step is not System.step}


def fingerprint(system: System) -> str:
    """Of all weights and buffers that are trained or kept."""
    digest = hashlib.sha256()
    for name in sorted(system.networks):
        for key, value in sorted(system.plain(name).state_dict().items()):
            digest.update(f"{name}.{key}".encode() + value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def train_all(folder: Path) -> None:
    """Three steps of each; writes what this process has in the end to `FOLDER/rank-N.json`."""
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    found = {}
    for name, build in builders().items():
        torch.manual_seed(100 + rank)  # processes begin with different weights, and have to agree
        system, stream = build(folder)
        batch = getattr(getattr(system, "recipe", None), "batch", BATCH)
        settings = RunSettings(images=STEPS * batch * world, batch=batch, cpu=True, progress_bar=False)
        train(system, stream, folder / "runs" / name, settings)
        found[name] = {"weights": fingerprint(system), "drawn": float(torch.rand(())), "kind": type(system).__name__}
    (folder / f"rank-{rank}.json").write_text(json.dumps(found), encoding="utf-8")
    torch.distributed.destroy_process_group()


def ranks(folder: Path) -> int:
    """`train_all` in a process for each rank; 0 where all of them did it."""
    children = []
    for rank in map(str, range(int(os.environ["WORLD_SIZE"]))):
        os.environ |= {"RANK": rank, "LOCAL_RANK": rank}
        if child := os.fork():
            children.append(child)
            continue
        try:
            train_all(folder)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return max(os.waitpid(child, 0)[1] for child in children) and 1


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(ranks(Path(sys.argv[1])))
