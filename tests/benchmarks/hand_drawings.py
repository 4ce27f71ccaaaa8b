"""Contact sheets: our own drawings, and the photos that sketch models make of them.

One model, three seeds of each drawing, as on the page:
    python tests/benchmarks/hand_drawings.py edges-to-shoes [--weights FOLDER] [--to FILE]
Several trainings beside each other, two seeds of each drawing, as `cgan-demo compare sketches` measures them:
    python tests/benchmarks/hand_drawings.py edges-to-shoes --runs RUN RUN ... [--to FILE]
where RUN is such as runs/ablation-edges-to-shoes/l1-alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import cgan_demo
from cgan_demo import weights
from cgan_demo.bicyclegan.ablation import SIZE
from cgan_demo.bicyclegan.evaluation import photos_of
from cgan_demo.bicyclegan.predictor import Sketcher
from cgan_demo.bicyclegan.task import TASKS
from cgan_demo.ui.sketch.subjects import SUBJECTS

SIDE, SEEDS, COLUMNS = 192, 3, 6
RUN_SEEDS, HEADER, GAP = 2, 24, 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=[subject.model_id for subject in SUBJECTS.values()])
    parser.add_argument("--weights", type=Path, help="a weights folder; by default the one the page would use")
    parser.add_argument("--runs", type=Path, nargs="+", help="run folders of an ablation, a column each, in this order")
    parser.add_argument("--to", type=Path, help="by default assets/MODEL.jpg, or assets/MODEL-ablation.jpg with --runs")
    options = parser.parse_args()
    subject = next(s for s in SUBJECTS.values() if s.model_id == options.model)
    drawings = list(subject.examples().values())
    if options.runs:
        sheet, name = comparison_sheet(options.model, options.runs, drawings), f"{options.model}-ablation.jpg"
    else:
        net = weights.load_network(options.weights) if options.weights else None
        sketcher = Sketcher(net) if net is not None else cgan_demo.load(options.model)
        sheet, name = model_sheet(sketcher, drawings), f"{options.model}.jpg"
    target = options.to or Path("assets") / name
    sheet.save(target, quality=88)
    print(f"Wrote {target}.")


def model_sheet(sketcher: Sketcher, drawings: list[Image.Image]) -> Image.Image:
    """Columns of a drawing above its photos; drawing i has the seeds from i on."""
    rows = -(-len(drawings) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * (1 + SEEDS) * SIDE), "white")
    for i, drawing in enumerate(drawings):
        pictures = [drawing, *sketcher.variations(drawing, SEEDS, seed=i, fit=True)]
        for k, picture in enumerate(pictures):
            place = (i % COLUMNS * SIDE, (i // COLUMNS * (1 + SEEDS) + k) * SIDE)
            sheet.paste(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS), place)
    return sheet


def comparison_sheet(model_id: str, runs: list[Path], drawings: list[Image.Image]) -> Image.Image:
    """Rows of a drawing beside the photos of each run's averaged model, at the size the runs are trained and measured.

    The drawings go in as they are, neither fitted nor the photos' paper whitened: nothing but the training helps.
    """
    inputs = [drawing.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC) for drawing in drawings]
    left, width = SIZE + GAP, RUN_SEEDS * SIZE
    sheet = Image.new("RGB", (left + len(runs) * (width + GAP) - GAP, HEADER + len(inputs) * SIZE), "white")
    for i, picture in enumerate(inputs):
        sheet.paste(picture, (0, HEADER + i * SIZE))
    stack, font = np.stack([np.asarray(picture) for picture in inputs]), ImageFont.load_default(15)
    for column, run in enumerate(runs):
        x = left + column * (width + GAP)
        ImageDraw.Draw(sheet).text((x + 4, 3), run.name.replace("-", " ").capitalize(), "black", font)
        network = TASKS[model_id].recipes["bundled"].averaged(run)
        for k in range(RUN_SEEDS):
            for i, photo in enumerate(photos_of(network, stack, k * len(inputs))):
                sheet.paste(Image.fromarray(photo), (x + k * SIZE, HEADER + i * SIZE))
    return sheet


if __name__ == "__main__":
    main()
