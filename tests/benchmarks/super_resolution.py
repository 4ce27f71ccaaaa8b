"""Times super-resolution: plain, with a reference, and every move of a slider after that; and its peak memory.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/super_resolution.py [--threads 2] [--side 125] [--reference 500]
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial

import torch

import cgan_demo
from cgan_demo.data.fake import fake_photo


def timed(name: str, call: Callable[[], object]) -> object:
    begun = time.perf_counter()
    result = call()
    print(f"{name}: {time.perf_counter() - begun:.2f} s, peak {_peak():.0f} MB")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--side", type=int, default=125, help="px of the small picture")
    parser.add_argument("--reference", type=int, default=500, help="px of the reference")
    options = parser.parse_args()
    resolver = cgan_demo.load("super-resolution", device="cpu")
    torch.set_num_threads(options.threads)
    photo, reference = (fake_photo(i, (side, side)) for i, side in ((1, options.side), (2, options.reference)))
    timed("first call, small", lambda: resolver(photo.resize((32, 32)), [reference.resize((64, 64))]))
    timed("plain, faithful", lambda: resolver(photo, sharpness=0))
    prepared = timed("reading both and matching", lambda: resolver.prepare(photo, [reference]))
    for weight, sharpness in ((1.0, 0.0), (1.0, 0.5), (0.5, 0.5), (0.25, 0.75)):
        timed(f"reference {weight}, sharpness {sharpness}", partial(resolver.render, prepared, weight, sharpness))


def _peak() -> float:
    """Peak resident memory of this process in MB (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
