"""The training loop. It reads from top to bottom and knows nothing of any system.

It counts in images seen (over all processes), takes a budget in images or hours, saves a checkpoint on a timer
and on SIGTERM, goes on exactly where it stopped, and stops on a loss that is not finite. Several processes or
GPUs and mixed precision come from Hugging Face accelerate: `accelerate launch -m cgan_demo.cli train ...`.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.state import AcceleratorState
from accelerate.utils import gather_object, send_to_device, set_seed
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from tqdm import tqdm

from ..checks import MOST, PRECISIONS, integer, number, one_of
from ..device import bfloat16_pays, pick_device
from ..errors import NonFiniteLoss, TrainingError
from . import checkpoint
from .distributed import agreed, any_says, share_statistics, wrapped
from .ema import EMA
from .report import Reporter
from .system import System, adam  # noqa: F401  # callers from before import them from here


@dataclass(frozen=True)
class RunSettings:
    """How long and how a run goes; what it learns is the system's affair.

    images, hours: the budget, one of them; images count over all processes.
    batch: images per step and process.
    precision: "no" (float32), "bf16", "fp16" or "auto" (bf16 where it is faster).
    checkpoint_minutes: time between checkpoints.
    report_images, sample_images: images between rows of stats.jsonl, and between sample grids.
    ema_half_life: images after which an old weight counts half in the average.
    workers: data loading processes; 0 loads in the training process.
    """

    images: int | None = None
    hours: float | None = None
    batch: int = 8
    seed: int = 0
    precision: str = "no"
    checkpoint_minutes: float = 5.0
    report_images: int = 400
    sample_images: int = 4000
    ema_half_life: float = 5000.0
    workers: int = 0
    cpu: bool = False
    progress_bar: bool = True

    @classmethod
    def of(cls, recipe: Any, **rest: Any) -> RunSettings:
        """Those of a recipe, which says batch, precision and half-life, with the rest as given."""
        return cls(batch=recipe.batch, precision=recipe.precision, ema_half_life=recipe.ema_half_life, **rest)

    def __post_init__(self) -> None:
        if (self.images is None) == (self.hours is None):
            raise TrainingError("Give a budget: either --images or --hours, and not both.")
        if self.hours is not None and not 0 < self.hours < math.inf:
            raise TrainingError(f"A budget of {self.hours} hours is none: give --hours a number above 0.")
        if self.images is not None and self.images < 1:
            raise TrainingError(f"A budget of {self.images} images is none: give --images a whole number from 1.")
        integer("batch", self.batch, 1, MOST["batch"])
        integer("seed", self.seed, 0, 2**31 - 1)
        integer("number of workers", self.workers, 0, 1024)
        number("time between checkpoints", self.checkpoint_minutes, 0, 1e6)
        one_of("precision", self.precision, PRECISIONS)
        if self.precision == "fp16" and (self.cpu or pick_device().type == "cpu"):
            raise TrainingError("fp16 needs a GPU: give --precision bf16, no or auto.")

    def progress(self, images: int, seconds: float) -> float:
        done = images / self.images if self.images else seconds / (3600 * (self.hours or 0))
        return min(1.0, done)


@dataclass(frozen=True)
class TrainingResult:
    """Where a run stands when it returns: images seen, seconds spent, whether its budget is used up."""

    images: int
    seconds: float
    finished: bool


class _Positions(Sampler[int]):
    """Positions first, first + step, first + 2 step, ... of an endless stream."""

    def __init__(self, first: int, step: int):
        self.first, self.step = first, step

    def __iter__(self) -> Iterator[int]:
        position = self.first
        while True:
            yield position
            position += self.step


class _StopSignal:
    """Turns SIGTERM and SIGINT into a flag, so that the step in hand ends and is saved."""

    def __init__(self) -> None:
        self.received = False
        self.previous: dict[int, Any] = {}

    def __enter__(self) -> _StopSignal:
        if threading.current_thread() is threading.main_thread():
            for s in (signal.SIGTERM, signal.SIGINT):
                self.previous[s] = signal.signal(s, self._receive)
        return self

    def _receive(self, *_: object) -> None:
        self.received = True

    def __exit__(self, *_: object) -> None:
        for s, handler in self.previous.items():
            signal.signal(s, handler)


def make_accelerator(settings: RunSettings) -> Accelerator:
    """The accelerate object of a run. Buffers are not broadcast: a GAN runs a network twice per backward."""
    ddp = DistributedDataParallelKwargs(broadcast_buffers=False)
    precision = settings.precision
    if precision == "auto":
        kind = "cpu" if settings.cpu else pick_device().type
        precision = "bf16" if bfloat16_pays(kind) else "no"
    if AcceleratorState._shared_state and AcceleratorState().mixed_precision != precision:
        AcceleratorState._reset_state()  # a comparison trains its models and its judge in one process, each in its own
    try:
        return Accelerator(cpu=settings.cpu, mixed_precision=precision, kwargs_handlers=[ddp])
    except ValueError as error:  # bf16 or fp16 on hardware that has none
        raise TrainingError(f"{precision} cannot be had here ({error}): give --precision no or auto.") from error


def train(system: System, dataset: Dataset, run_dir: Path, settings: RunSettings) -> TrainingResult:
    """Train `system` on the endless stream `dataset` until the budget is spent or a signal arrives.

    A checkpoint in `run_dir` is taken up where it stands; calling again with a larger budget goes on.

    Raises:
        NonFiniteLoss: a loss became NaN or infinite; the checkpoint on disk is from before.
        TrainingError: the checkpoint belongs to another system or cannot be read.
    """
    torch.set_flush_denormal(True)
    run_dir.mkdir(parents=True, exist_ok=True)
    accelerator = make_accelerator(settings)
    set_seed(settings.seed, device_specific=True)
    _prepare(system, accelerator)
    ema = EMA(system.plain("generator"), settings.ema_half_life)
    images, seconds = _resume(system, ema, run_dir)

    world, main = accelerator.num_processes, accelerator.is_main_process
    loader = _loader(dataset, settings, images, accelerator)
    reporter = Reporter(run_dir, images) if main else None
    bar = _progress_bar(settings, images, main)
    begun, saved = time.monotonic() - seconds, time.monotonic()

    with _StopSignal() as stop:
        for raw in loader:
            progress = settings.progress(images, seconds)
            if progress >= 1 or any_says(accelerator, stop.received):
                break
            _set_rates(system, system.learning_rate(progress))
            batch = {k: v.to(accelerator.device, non_blocking=True) for k, v in raw.items()}
            losses = _numbers(system.step(batch, progress))
            share_statistics(system.networks.values(), accelerator)
            _check_finite(losses, images, run_dir)
            before, images = images, images + settings.batch * world
            seconds = agreed(accelerator, time.monotonic() - begun)
            ema.update(system.plain("generator"), images - before, images)

            bar.update(images - before if settings.images else 0)
            if reporter is not None:
                reporter.add(losses)
                if _crossed(before, images, settings.report_images):
                    _report(reporter, bar, images, seconds, settings)
                if _crossed(before, images, settings.sample_images):
                    reporter.samples(*system.preview(ema.module), images=images)
            if any_says(accelerator, time.monotonic() - saved > 60 * settings.checkpoint_minutes):
                _save(system, ema, run_dir, images, seconds)
                saved = time.monotonic()

    _save(system, ema, run_dir, images, seconds)
    if reporter is not None:
        _report(reporter, bar, images, seconds, settings)
        reporter.samples(*system.preview(ema.module), images=images)
        reporter.close()
    bar.close()
    return TrainingResult(images, seconds, finished=settings.progress(images, seconds) >= 1)


def _prepare(system: System, accelerator: Accelerator) -> None:
    """Move everything to the device and wrap it for several processes."""
    system.accelerator = accelerator
    for module in system.frozen:
        module.to(accelerator.device)
    system.networks = {name: wrapped(net, accelerator) for name, net in system.networks.items()}
    system.optimizers = {name: accelerator.prepare_optimizer(opt) for name, opt in system.optimizers.items()}
    for optimizer in system.optimizers.values():
        for group in optimizer.param_groups:
            group["base_lr"] = group["lr"]


def _loader(dataset: Dataset, settings: RunSettings, images: int, accelerator: Accelerator) -> DataLoader:
    """Batches of this process, from the position the run has reached."""
    return DataLoader(
        dataset,
        batch_size=settings.batch,
        sampler=_Positions(images + accelerator.process_index, accelerator.num_processes),
        num_workers=settings.workers,
        pin_memory=accelerator.device.type == "cuda",
        generator=torch.Generator(),  # the loader draws a seed at start; not from the run's own stream
    )


def _progress_bar(settings: RunSettings, images: int, main: bool) -> tqdm:
    hidden = not (main and settings.progress_bar)
    if settings.images:
        return tqdm(total=settings.images, initial=images, unit="img", disable=hidden, mininterval=2)
    form = "{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
    return tqdm(total=round(settings.hours or 0, 4), unit="h", bar_format=form, disable=hidden, mininterval=2)


def _report(reporter: Reporter, bar: tqdm, images: int, seconds: float, settings: RunSettings) -> None:
    row = reporter.write(images, seconds=seconds, progress=settings.progress(images, seconds))
    losses = {k: v for k, v in row.items() if k not in ("images", "seconds", "progress")}
    if settings.hours:
        bar.n = min(bar.total, seconds / 3600)
        bar.refresh()
    rate = images / max(seconds, 1e-9)
    bar.set_postfix_str(f"{images} images, {rate:.1f}/s, " + ", ".join(f"{k} {v:.3g}" for k, v in losses.items()))


def _set_rates(system: System, factor: float) -> None:
    for optimizer in system.optimizers.values():
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor


def _numbers(losses: dict[str, Tensor]) -> dict[str, float]:
    """Scalars brought over together: a GPU is waited for once in a step."""
    values = torch.stack([value.detach().float() for value in losses.values()]).tolist()
    return dict(zip(losses, values, strict=True))


def _check_finite(losses: dict[str, float], images: int, run_dir: Path) -> None:
    bad = [name for name, value in losses.items() if not math.isfinite(value)]
    if bad:
        raise NonFiniteLoss(
            f"After {images} images the loss {', '.join(bad)} is no longer finite. The checkpoint in {run_dir.name} "
            "is from before: give the command again to go on from there, with --precision no if it was another."
        )


def _crossed(before: int, after: int, every: int) -> bool:
    return before // every != after // every


def _save(system: System, ema: EMA, run_dir: Path, images: int, seconds: float) -> None:
    accelerator = system.accelerator
    rng = gather_object([checkpoint.rng_state()])  # one entry per process
    extra = gather_object([send_to_device(system.extra_state(), "cpu")])
    if accelerator.is_main_process:
        state = {
            "networks": {name: system.plain(name).state_dict() for name in system.networks},
            "optimizers": {name: opt.state_dict() for name, opt in system.optimizers.items()},
            "ema": ema.module.state_dict(),
            "rng": rng,
            "images": images,
            "seconds": seconds,
        }
        if accelerator.scaler is not None:
            state["scaler"] = accelerator.scaler.state_dict()
        if any(extra):
            state["extra"] = extra
        checkpoint.save(run_dir, state)
    accelerator.wait_for_everyone()


def _resume(system: System, ema: EMA, run_dir: Path) -> tuple[int, float]:
    state = checkpoint.load(run_dir)
    if state is None:
        return 0, 0.0
    try:
        for name in system.networks:
            system.plain(name).load_state_dict(state["networks"][name])
        for name, optimizer in system.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        ema.module.load_state_dict(state["ema"])
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"The checkpoint in {run_dir} belongs to another recipe or other sizes: give those that it was begun with, "
            "or choose another folder for the run."
        ) from error
    if "scaler" in state and system.accelerator.scaler is not None:
        system.accelerator.scaler.load_state_dict(state["scaler"])
    rank, rng, extra = system.accelerator.process_index, state["rng"], state.get("extra", [])
    if rank < len(extra):
        system.load_extra_state(extra[rank])
    if rank < len(rng):  # with more processes than before, the new ones keep their fresh seeds
        checkpoint.set_rng_state(rng[rank])
    return state["images"], state["seconds"]
