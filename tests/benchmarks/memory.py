"""Peak memory and time of one large translation, in a process of its own.

python tests/benchmarks/memory.py [--side 4096] [--model map-to-aerial]
"""

from __future__ import annotations

import argparse
import resource
import time

from PIL import Image

import cgan_demo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="map-to-aerial")
    parser.add_argument("--side", type=int, default=4096)
    options = parser.parse_args()
    translate = cgan_demo.load(options.model)
    translate(Image.new("RGB", (256, 256), "white"), seed=0)
    small = _peak()
    picture = Image.effect_noise((options.side, options.side), 60).convert("RGB")
    begun = time.perf_counter()
    translate(picture, seed=0)
    seconds = time.perf_counter() - begun
    print(
        f"{options.model}: peak {small:.0f} MB after 256 px, {_peak():.0f} MB after {options.side} px; {seconds:.0f} s"
    )


def _peak() -> float:
    """Peak resident memory of this process in MB (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
