"""The loop on a network of two weights: rates, clipping, averages, and every kind of state that a resumed run needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from cgan_demo.errors import TrainingError
from cgan_demo.face_finder.light import FinderRecipe, FinderTraining
from cgan_demo.training import checkpoint, loop
from cgan_demo.training.ema import EMA
from cgan_demo.training.loop import RunSettings, System, adam, train


class Stream(torch.utils.data.Dataset):
    def __getitem__(self, position: int) -> dict[str, Tensor]:
        return {"x": torch.rand(3, generator=torch.Generator().manual_seed(position))}


class Pooled(System):
    """Learns from what it was shown before, which only its extra state knows."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        net = nn.Linear(3, 1)
        self.networks, self.optimizers = {"generator": net}, {"generator": adam(net, 0.05, (0.9, 0.99))}
        self.pool: list[Tensor] = []
        self.rates: list[float] = []

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        self.rates.append(self.optimizers["generator"].param_groups[0]["lr"])
        self.pool = [*self.pool, batch["x"]][-3:]
        shown = self.pool[int(torch.randint(len(self.pool), ()))]
        loss = (self.networks["generator"](shown) - shown.sum(1, keepdim=True)).square().mean()
        self.update("generator", loss)
        return {"error": loss}

    def learning_rate(self, progress: float) -> float:
        return 1.0

    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        return torch.zeros(1, 3, 4, 4), 1

    def extra_state(self) -> dict[str, Any]:
        return {"pool": self.pool}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        self.pool = state["pool"]


def run(folder: Path, images: int, kind: type[System] = Pooled) -> Any:
    system = kind()
    train(system, Stream(), folder, RunSettings(images=images, batch=2, cpu=True, progress_bar=False))
    return system


def weights(folder: Path) -> dict[str, Tensor]:
    state = checkpoint.load(folder)
    assert state is not None
    return state["networks"]["generator"]


def same(first: Path, second: Path) -> bool:
    ours, theirs = weights(first), weights(second)
    return all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_what_a_system_names_is_saved_and_resumed(tmp_path: Path) -> None:
    run(tmp_path / "whole", 24)
    run(tmp_path / "parts", 12)
    run(tmp_path / "parts", 24)
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_a_pool_that_were_forgotten_would_show(tmp_path: Path) -> None:
    class Forgetful(Pooled):
        def load_extra_state(self, state: dict[str, Any]) -> None:
            pass

    run(tmp_path / "whole", 24)
    run(tmp_path / "parts", 12)
    run(tmp_path / "parts", 24, Forgetful)
    assert not same(tmp_path / "whole", tmp_path / "parts")


def test_checkpoints_from_before_further_state_go_on(tmp_path: Path) -> None:
    run(tmp_path, 12)
    state = checkpoint.load(tmp_path)
    assert state is not None and len(state.pop("extra")) == 1
    checkpoint.save(tmp_path, state)
    assert len(run(tmp_path, 24).pool) == 3


def test_the_scaler_is_saved_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fp16's, here on a processor: it grows every third step, so a fresh one would be two steps behind."""

    def scaled(settings: RunSettings) -> Accelerator:
        accelerator = Accelerator(cpu=True)
        accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=3)
        return accelerator

    monkeypatch.setattr(loop, "make_accelerator", scaled)
    run(tmp_path / "whole", 16)
    run(tmp_path / "parts", 8)
    first = checkpoint.load(tmp_path / "parts")
    run(tmp_path / "parts", 16)
    whole, parts = (checkpoint.load(tmp_path / name) for name in ("whole", "parts"))
    assert first is not None and whole is not None and parts is not None
    assert (first["scaler"]["scale"], first["scaler"]["_growth_tracker"]) == (16.0, 1)
    assert whole["scaler"] == parts["scaler"] and whole["scaler"]["scale"] == 32.0
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_without_fp16_there_is_no_scaler_in_a_checkpoint(tmp_path: Path) -> None:
    run(tmp_path, 2)
    assert "scaler" not in (checkpoint.load(tmp_path) or {})


# Learning rates


@pytest.mark.parametrize(
    ("decay", "floor", "rates"),
    [
        (0.5, 0.0, {0.0: 1.0, 0.5: 1.0, 0.75: 0.5, 0.9: 0.2, 1.0: 0.0}),
        (0.25, 0.01, {0.7: 1.0, 0.875: 0.51, 1.0: 0.01}),
        (1e-9, 0.0, {0.0: 1.0, 0.999: 1.0}),
    ],
)
def test_the_rate_is_constant_and_then_falls(decay: float, floor: float, rates: dict[float, float]) -> None:
    system = System()
    system.decay, system.floor = decay, floor
    assert {p: system.learning_rate(p) for p in rates} == pytest.approx(rates)


def test_every_optimiser_gets_the_rate_of_its_step(tmp_path: Path) -> None:
    class Falling(Pooled):
        learning_rate = System.learning_rate

    assert run(tmp_path, 16, Falling).rates == pytest.approx([0.05 * r for r in (1, 1, 1, 1, 1, 0.75, 0.5, 0.25)])
    assert run(tmp_path, 32, Falling).rates[0] == pytest.approx(0.05)  # from the base rate, not from the last one


def test_the_face_finder_leaves_its_rate_to_the_loop(tmp_path: Path) -> None:
    recipe = FinderRecipe((8, 8))
    system = FinderTraining(recipe, {"picture": torch.zeros(1, 3, 32, 32)})
    system.accelerator = Accelerator(cpu=True)
    for group in system.optimizers["generator"].param_groups:
        group["lr"] = 0.0
    maps = {"heat": torch.zeros(2, 1, 8, 8), "way": torch.zeros(2, 4, 8, 8)}
    before = {k: v.clone() for k, v in system.networks["generator"].named_parameters()}
    system.step({"picture": torch.rand(2, 3, 32, 32), **maps}, 0.0)
    assert all(torch.equal(v, before[k]) for k, v in system.networks["generator"].named_parameters())
    assert [system.learning_rate(p) for p in (0.0, 0.7, 0.85, 1.0)] == pytest.approx([1, 1, 0.52, 0.02])


# One optimisation step


class Line(System):
    """Weights w and the loss slope * w, whose gradient is `slope` whatever they are."""

    def __init__(self, slope: float):
        self.slope = slope
        net = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(net.weight)
        self.networks = {"generator": net}
        self.optimizers = {"generator": torch.optim.SGD(net.parameters(), 1.0)}
        self.accelerator = Accelerator(cpu=True)

    def moved(self, longest: float | None) -> float:
        self.update("generator", self.slope * self.networks["generator"](torch.ones(1, 1)).sum(), longest)
        return self.networks["generator"].weight.item()  # type: ignore[operator, union-attr]


@pytest.mark.parametrize(("slope", "longest", "moved"), [(8, None, -8), (8, 2.0, -2), (-8, 2.0, 2), (1, 2.0, -1)])
def test_a_gradient_is_shortened_where_it_is_too_long(slope: float, longest: float | None, moved: float) -> None:
    assert Line(slope).moved(longest) == pytest.approx(moved, rel=1e-5)


def test_gradients_of_one_step_are_not_added_to_the_next() -> None:
    line = Line(1.0)
    assert [line.moved(None) for _ in range(3)] == [-1.0, -2.0, -3.0]


def test_the_average_follows_at_its_half_life() -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(net.weight)
    average = EMA(net, half_life=10, ramp=1.0)
    nn.init.ones_(net.weight)
    average.update(net, 10, 1000)
    assert float(average.module.weight) == pytest.approx(0.5)  # type: ignore[arg-type]
    average.update(net, 10, 1000)
    assert float(average.module.weight) == pytest.approx(0.75)  # type: ignore[arg-type]
    average.update(net, 10, 5)  # early, when only five have been seen, it is shorter: 0.25 of 0.25 remain
    assert float(average.module.weight) == pytest.approx(1 - 0.25 * 0.25)  # type: ignore[arg-type]


def test_a_stream_is_shared_out_and_goes_on_where_it_was() -> None:
    def first(position: int, step: int) -> list[int]:
        return [n for n, _ in zip(loop._Positions(position, step), range(3), strict=False)]

    assert (first(0, 2), first(1, 2), first(7, 1)) == ([0, 2, 4], [1, 3, 5], [7, 8, 9])


def test_precision_that_the_hardware_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(**_: Any) -> Accelerator:
        raise ValueError("bf16 mixed precision requires PyTorch >= 1.10 and a supported device.")

    monkeypatch.setattr(loop, "Accelerator", lacking)
    with pytest.raises(TrainingError, match="bf16 cannot be had here .*--precision no"):
        loop.make_accelerator(RunSettings(images=1, precision="bf16", cpu=True))
