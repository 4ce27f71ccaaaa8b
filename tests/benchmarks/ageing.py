"""Times a step of the age slider, from a face that was read to the data URL that the page shows.

OMP_WAIT_POLICY=PASSIVE python tests/benchmarks/ageing.py [--threads 2] [--rounds 25]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch
from PIL import Image

import cgan_demo
from cgan_demo.ui.uploads import data_url

FACE = Path(__file__).parents[2] / "assets" / "faces" / "4.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    ager = cgan_demo.load("face-aging", device="cpu")
    torch.set_num_threads(options.threads)
    for side in (128, 512, 1024):
        read, calls = ager.encode(Image.open(FACE).resize((side, side))), []
        for turn in range(options.rounds + 3):  # the first ones warm up
            begun = time.perf_counter()
            data_url(ager.decode(read, 20 + turn % 60))
            calls.append(time.perf_counter() - begun)
        print(f"{side} px: {1000 * statistics.median(calls[3:]):.0f} ms")


if __name__ == "__main__":
    main()
