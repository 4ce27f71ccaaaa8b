"""Where the networks run: device and threads, each with an environment variable that overrides the choice.

On a Space with a lent GPU (ZeroGPU) networks are put on "cuda" while the page is built, and work there only inside
functions that `lent_gpu` wrapped, which run in another process for as long as the GPU is lent.
"""

from __future__ import annotations

import functools
import importlib
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import InputError

if TYPE_CHECKING:
    import torch

Function = TypeVar("Function", bound=Callable[..., Any])
MOST_THREADS = 4  # a 256 px picture gains nothing from more
LENT_SECONDS = (
    30  # ZeroGPU takes the GPU back after them; the longest call, reading a picture in 200 steps, needs fewer
)


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

    if on_zero_gpu():
        _spaces()  # until it is imported there is no cuda
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def on_zero_gpu() -> bool:
    """Whether this is a Space that is lent a GPU for each call."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def lent_gpu(function: Function) -> Function:
    """`function` as one that may use the GPU: on ZeroGPU it is lent one for each call, elsewhere it stays as it is.

    There, arguments and results are pickled: tensors among them have to lie on the CPU.
    """
    return _spaces().GPU(duration=LENT_SECONDS)(function) if on_zero_gpu() else function


def _spaces() -> Any:
    """The package of that name, which only Spaces need.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module("spaces")
    except ModuleNotFoundError as error:
        if error.name != "spaces":
            raise
        raise InputError("This Space has ZeroGPU and lacks the package spaces: add it to requirements.txt.") from error


def serving_threads() -> int | None:
    """What CGAN_DEMO_THREADS says, None where it is not set.

    Raises:
        InputError: it is not a whole number of at least 1.
    """
    text = os.environ.get("CGAN_DEMO_THREADS", "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"CGAN_DEMO_THREADS is {text!r}: set it to a whole number of at least 1.")
    return int(text)


def limit_threads(count: int | None) -> None:
    """Let each call of a network use `count` threads on the CPU; by default torch's own choice, but at most four.

    It holds for threads of this process that have not used torch yet, and for the calling one.
    """
    import torch

    torch.set_num_threads(count or min(torch.get_num_threads(), MOST_THREADS))


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
