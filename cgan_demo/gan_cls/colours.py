"""Does a flower have the colour that the sentence asked for? A simple classifier of the colour a picture shows most.

Every pixel is a class of hue in CIE Lab; pixels weigh more near the middle and where they differ from the picture's
border, those of leaves less. Its thresholds were set by search on the split "train" of Oxford-102: pictures whose
captions name one petal colour, and no other, got that class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from ..evaluation.metrics import srgb_to_lab
from ..evaluation.report import Figures
from .dataset import Captioned

HUES = ("pink", "red", "orange", "yellow", "green", "blue", "purple", "white")
BOUNDS = (335, 21, 44, 68, 108, 197, 297)  # degrees of hue in Lab at which pink, red, ... purple begin
GREY, LIGHT, DARK = 16, 72, 20  # less chroma is no hue; a grey as light is white; what is as dark tells nothing
PALE_RED = (62, 40)  # a red as light and with as little chroma is pink
VIVID = 65  # from this chroma on, blue reaches a degree further with each unit: so Lab bends the blues of a screen
CENTRE, CONTRAST = 0.5, 25  # spread of the weight around the middle, in half sides; difference that counts in full
WEIGHTS = {"green": 0.3, "yellow": 0.55, "white": 1.25}  # of leaves, and of what is often the heart of a flower
SIDE = 32  # px that a picture is looked at
FEWEST = 5  # real pictures that a colour's own rate is told of

PAIRS = (  # colours that one person and another, or one lamp and another, may take for each other
    ("red", "orange"),
    ("red", "pink"),
    ("orange", "yellow"),
    ("yellow", "green"),
    ("blue", "purple"),
    ("purple", "pink"),
    ("pink", "white"),
)
# The colours that captions of "train" name most before "petals", and the class that each is of. Green is beside them,
# as captions say it of sepals and leaves: of real pictures with "green petals" an eighth is green in the middle.
ASKED = {name: name for name in ("white", "yellow", "pink", "purple", "red", "orange", "blue")}
ASKED |= {"lavender": "purple", "peach": "orange", "violet": "purple"}
APART = {"green": "green"}

_NAMES = "|".join((*ASKED, *APART, "magenta", "maroon", "black", "brown", "gold", "golden", "burgundy", "crimson",
                   "fuchsia", "cream", "lilac"))  # fmt: skip
_BEFORE = re.compile(rf"\b({_NAMES})\b(?: in)?(?: colou?r(?:ed)?)?(?: (?!and\b|with\b)\w+)? petals")
_TWO = re.compile(rf"\b({_NAMES})(?: and| or) (?:{_NAMES})\b(?: colou?red)? petals")
_AFTER = re.compile(
    r"petals (?:(?:of|on) (?:this|the) flower )?(?:that |which )?(?:are|is) (?:\w+ly |very |light |dark |bright |pale |"
    rf"deep |all )*((?:(?:{_NAMES})(?: and | or | |$))+)"
)


def neighbours(hue: str) -> set[str]:
    """The classes that count as nearly right for a class, itself among them."""
    return {hue} | {name for pair in PAIRS if hue in pair for name in pair}


def pixel_hues(lab: np.ndarray) -> np.ndarray:
    """Class of each pixel, a place in `HUES`, or -1 for dark and grey ones. (..., 3) in L*a*b* -> (...)."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    angle = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    hue = np.searchsorted(BOUNDS[1:], angle, side="right") % 7  # past purple comes pink again
    hue = np.where(angle >= BOUNDS[0], 0, np.where((hue == 0) & (angle > BOUNDS[1]), 6, hue))
    hue = np.where((hue == 6) & (angle < BOUNDS[6] + np.maximum(0, chroma - VIVID)), 5, hue)
    hue = np.where((hue == 1) & (light > PALE_RED[0]) & (chroma < PALE_RED[1]), 0, hue)
    hue = np.where(chroma < GREY, np.where(light > LIGHT, 7, -1), hue)
    return np.where(light < DARK, -1, hue)


def small_lab(pictures: np.ndarray) -> np.ndarray:
    """L*a*b* of pictures made 32 px a side by means: uint8 (n, S, S, 3), S a multiple of 32 -> (n, 32, 32, 3)."""
    n, s = len(pictures), pictures.shape[1] // SIDE
    small = np.asarray(pictures).reshape(n, SIDE, s, SIDE, s, 3).mean((2, 4))
    return srgb_to_lab(small.round().astype(np.uint8))


def border(lab: np.ndarray) -> np.ndarray:
    """The median colour of the outermost three rows and columns: (n, 32, 32, 3) -> (n, 3)."""
    rim = np.ones((SIDE, SIDE), bool)
    rim[3:-3, 3:-3] = False
    return np.median(lab[:, rim], axis=1)


def foreground(lab: np.ndarray) -> np.ndarray:
    """How far each place differs from the border's colour, 0 to 1: (n, 32, 32, 3) -> (n, 32, 32)."""
    return np.clip(np.linalg.norm(lab - border(lab)[:, None, None], axis=-1) / CONTRAST, 0, 1)


def shares(pictures: np.ndarray) -> np.ndarray:
    """How much of the foreground each class has, (n, 8), rows summing to 1, or to 0 where there is no colour at all.

    pictures: uint8 (n, S, S, 3), S a multiple of 32.
    """
    lab = small_lab(pictures)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    weight = foreground(lab) * np.exp(-(x**2 + y**2) / (2 * CENTRE**2))
    hues = pixel_hues(lab)
    sums = np.stack([(weight * (hues == k)).sum((1, 2)) * WEIGHTS.get(h, 1) for k, h in enumerate(HUES)], 1)
    return sums / np.maximum(sums.sum(1, keepdims=True), 1e-9)


def dominant(pictures: np.ndarray) -> list[str]:
    """The class of each picture, one of `HUES`; "none" where nothing has a colour."""
    parts = shares(pictures)
    return [HUES[k] if row[k] > 0 else "none" for row, k in zip(parts, parts.argmax(1), strict=True)]


def petal_colours(sentence: str) -> set[str]:
    """Colours that a caption says petals have: "pink petals", "petals that are white and red"."""
    found = {*_BEFORE.findall(sentence), *_TWO.findall(sentence)}
    for names in _AFTER.findall(sentence):
        found |= set(re.findall(_NAMES, names))
    return found


def one_coloured(captions: Sequence[Sequence[str]]) -> list[str]:
    """The petal colour that all captions of a picture together name, "" where it is none or several."""
    named = [set().union(*(petal_colours(s) for s in sentences)) for sentences in captions]
    return [next(iter(colours)) if len(colours) == 1 else "" for colours in named]


def sentence_of(colour: str) -> str:
    """What a model is asked for."""
    return f"this flower has {colour} petals and a yellow center"


def scores(found: Sequence[str], asked: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Whether classes found are those asked for, and whether they are at least neighbours; two bool arrays (n,)."""
    classes = [(ASKED | APART)[str(name)] for name in asked]
    strict = [hue == wanted for hue, wanted in zip(found, classes, strict=True)]
    near = [hue in neighbours(wanted) for hue, wanted in zip(found, classes, strict=True)]
    return np.array(strict), np.array(near)


def colour_figures(made: dict[str, np.ndarray], data: Captioned, splits: Sequence[str] = ("val", "unseen")) -> Figures:
    """How often the colour asked for is the one that shows: generated pictures beside real ones.

    made: of each colour asked for, uint8 (seeds, S, S, 3). The means are over the colours of `ASKED`, of real pictures
    over pictures whose captions name one colour of them. Those come from splits that the thresholds were not set on.
    """
    names = one_coloured(data.captions)
    rows = [i for split in splits for i in data.rows(split) if names[i] in ASKED | APART]
    truth = np.array([names[i] for i in rows])
    real = scores(dominant(np.asarray(data.images[rows])) if rows else [], truth)
    figures, nan = {}, float("nan")
    counted = np.isin(truth, list(ASKED))
    for kind, title in enumerate(("colour as asked", "colour or its neighbour")):
        own = {name: float(scores(dominant(p), [name] * len(p))[kind].mean()) for name, p in made.items()}
        mean = float(np.mean([value for name, value in own.items() if name in ASKED]))
        reference = float(real[kind][counted].mean()) if counted.any() else nan
        figures[title] = {"value": mean, "reference": reference}
        for name, value in own.items():
            known = real[kind][truth == name]
            figures[f"{title}, {name}"] = {
                "value": value,
                "reference": float(known.mean()) if len(known) >= FEWEST else nan,
            }
    return figures
