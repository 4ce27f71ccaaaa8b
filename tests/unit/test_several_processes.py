"""Two processes train every system: they hold the same weights to the bit, each draws its own random numbers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import every_system
import pytest
import torch
from every_system import STEPS
from tiny import BATCH, builders, write_inputs

from cgan_demo.training import checkpoint
from cgan_demo.training.loop import RunSettings, train

NAMES = list(builders())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes leave behind."""
    folder = tmp_path_factory.mktemp("ranks")
    write_inputs(folder)
    for build in builders().values():  # fills the caches
        build(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "true"}
    paths = os.pathsep.join([str(Path(every_system.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    command, env = [sys.executable, every_system.__file__, str(folder)], {**os.environ, **shared, "PYTHONPATH": paths}
    both = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said = both.communicate(timeout=280)[1]
    except subprocess.TimeoutExpired:
        os.killpg(both.pid, signal.SIGKILL)
        raise
    assert both.returncode == 0, said[-4000:]
    return folder


@pytest.fixture(scope="module")
def ranks(folder: Path) -> list[dict]:
    return [json.loads((folder / f"rank-{n}.json").read_text(encoding="utf-8")) for n in range(2)]


def test_no_system_is_left_out(folder: Path) -> None:
    covered = {type(build(folder)[0]) for build in builders().values()}
    assert covered == every_system.every_system()


@pytest.mark.parametrize("name", NAMES)
def test_processes_hold_the_same_weights(name: str, ranks: list[dict]) -> None:
    first, second = (rank[name] for rank in ranks)
    assert first["weights"] == second["weights"]
    assert first["drawn"] != second["drawn"]


def test_gradients_are_averaged(folder: Path, tmp_path: Path) -> None:
    """Two processes with two pictures each take the steps of one process with these four."""
    state = checkpoint.load(folder / "runs" / "plain")
    assert state is not None and state["images"] == STEPS * BATCH * 2 and len(state["rng"]) == 2
    torch.manual_seed(100)  # as the first process, whose weights are given to the other
    system, stream = builders()["plain"](folder)
    first = flat(system.networks["generator"].state_dict())
    settings = RunSettings(images=STEPS * BATCH * 2, batch=2 * BATCH, cpu=True, progress_bar=False)
    train(system, stream, tmp_path, settings)
    one, two = flat(system.networks["generator"].state_dict()), flat(state["networks"]["generator"])
    assert (two - one).norm() < 0.01 * (one - first).norm()  # of the way; with half of the pictures it is 0.7


def flat(weights: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([value.flatten() for value in weights.values()]).clone()
