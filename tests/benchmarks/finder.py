"""Times the way from a 12-megapixel photo to an aligned face, part by part.

python tests/benchmarks/finder.py [--photo FILE] [--weights FOLDER] [--threads 2] [--rounds 10]

By default matplotlib's picture of Grace Hopper is enlarged to 3000 x 4000 px, with a little noise, as a JPEG.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib.cbook
import numpy as np
import torch
from PIL import Image

from cgan_demo import weights
from cgan_demo.caae.alignment import align
from cgan_demo.caae.finder import Finder
from cgan_demo.images import open_image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--weights", type=Path, help="a weights folder; by default the one the page would use")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    finder = Finder(weights.load_network(options.weights or weights.find("face-finder")))
    with tempfile.TemporaryDirectory() as folder:
        path = options.photo or large_photo(Path(folder) / "photo.jpg")
        picture = open_image(path)
        found = finder(picture)
        print(f"{picture.width} x {picture.height} px, faces: {len(found)}, {options.threads} threads")
        parts: dict[str, Callable[[], object]] = {
            "open the file": lambda: open_image(path),
            "find the faces in the opened picture": lambda: finder(picture),
            "first look alone": lambda: finder.glance(picture),
            "align one face": lambda: align(picture, found[0]),
            "find and align, from the opened picture": lambda: finder.aligned(picture),
            "all, from the file": lambda: finder.aligned(path),
        }
        for name, part in parts.items():
            print(f"{name}: {median(part, options.rounds):.0f} ms")


def large_photo(path: Path) -> Path:
    """A JPEG of 12 megapixels with a face in it."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        photo = np.asarray(Image.open(file).convert("RGB").resize((3000, 4000), Image.Resampling.BICUBIC), np.int16)
    noise = np.random.default_rng(0).normal(0, 4, photo.shape).astype(np.int16)
    Image.fromarray((photo + noise).clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def median(part: Callable[[], object], rounds: int) -> float:
    """Of `rounds` calls after one that warms up, in ms."""
    seconds = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        part()
        seconds.append(time.perf_counter() - begun)
    return 1000 * statistics.median(seconds[1:])


if __name__ == "__main__":
    main()
