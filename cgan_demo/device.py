"""Where the networks run: device and threads, each with an environment variable that overrides the choice."""

from __future__ import annotations

import functools
import os
import time
from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:
    import torch


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """`name`, else CGAN_DEMO_DEVICE, else the best of cuda, mps and cpu.

    Raises:
        InputError: no such device on this computer.
    """
    import torch

    chosen = str(name or os.environ.get("CGAN_DEMO_DEVICE") or _best())
    try:
        torch.empty(1, device=chosen)  # the one test that holds for every kind of device
        return torch.device(chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"There is no device {chosen!r} here: set CGAN_DEMO_DEVICE to cpu, cuda or mps.") from error


def _best() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def serving_threads() -> int:
    """Threads one translation uses on the CPU: CGAN_DEMO_THREADS, else the cores this process may use, at most 4.

    Raises:
        InputError: CGAN_DEMO_THREADS is not a whole number of at least 1.
    """
    text = os.environ.get("CGAN_DEMO_THREADS", "").strip()
    if not text:
        return min(_cores(), 4)  # a 256 px picture gains nothing from more
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"CGAN_DEMO_THREADS is {text!r}: set it to a whole number of at least 1.")
    return int(text)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: what a container or taskset leaves to this process
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def bfloat16_pays(kind: str) -> bool:
    """Whether training in bfloat16 is faster than in float32 on a "cuda", "cpu" or "mps" device.

    On a processor it is tried out, in some milliseconds: those with matrix units gain a factor of several, those
    without bfloat16 instructions lose more than that.
    """
    import torch

    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if kind != "cpu":
        return False

    def fastest(dtype: torch.dtype) -> float:
        x, weight = torch.zeros(2, 64, 64, 64, dtype=dtype), torch.zeros(64, 64, 3, 3, dtype=dtype)
        seconds = []
        for _ in range(4):
            begun = time.perf_counter()
            torch.nn.functional.conv2d(x, weight, padding=1)
            seconds.append(time.perf_counter() - begun)
        return min(seconds)

    with torch.inference_mode():
        return fastest(torch.bfloat16) < 0.8 * fastest(torch.float32)
