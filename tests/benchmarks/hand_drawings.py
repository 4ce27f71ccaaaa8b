"""A contact sheet: our own drawings, and the photos that a sketch model makes of each with three seeds.

python tests/benchmarks/hand_drawings.py edges-to-shoes [--weights FOLDER] [--to FILE.png]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

import cgan_demo
from cgan_demo import weights
from cgan_demo.pix2pix.sketcher import Sketcher
from cgan_demo.ui.subjects import SUBJECTS

SIDE, SEEDS, COLUMNS = 192, 3, 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=[subject.model_id for subject in SUBJECTS.values()])
    parser.add_argument("--weights", type=Path, help="a weights folder; by default the one the page would use")
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    net = weights.load_network(options.weights) if options.weights else None
    sketcher = Sketcher(net) if net is not None else cgan_demo.load(options.model)
    subject = next(s for s in SUBJECTS.values() if s.model_id == options.model)
    drawings = list(subject.examples().values())
    rows = -(-len(drawings) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * (1 + SEEDS) * SIDE), "white")
    for i, drawing in enumerate(drawings):
        pictures = [drawing, *sketcher(drawing, seed=i, variations=SEEDS, fit=True)]
        for k, picture in enumerate(pictures):
            place = (i % COLUMNS * SIDE, (i // COLUMNS * (1 + SEEDS) + k) * SIDE)
            sheet.paste(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS), place)
    target = options.to or Path("assets") / f"{options.model}.jpg"
    sheet.save(target, quality=88)
    print(f"Wrote {target}.")


if __name__ == "__main__":
    main()
