"""Small made-up pairs for tests and for trying a training command without any data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

PALETTE = {
    "ground": (235, 230, 222),
    "street": (254, 254, 254),
    "highway": (249, 158, 37),
    "water": (177, 209, 254),
    "park": (202, 223, 171),
}


def fake_pair(seed: int, size: int = 64) -> tuple[Image.Image, Image.Image]:
    """A made-up (aerial, map) pair of `size` pixels a side: a park, a lake, streets; the aerial is noisy."""
    rng = np.random.default_rng(seed)
    plan = Image.new("RGB", (size, size), PALETTE["ground"])
    draw = ImageDraw.Draw(plan)
    for name in ("park", "water"):
        x, y = rng.integers(0, size, 2)
        draw.rectangle((x, y, x + size // 3, y + size // 3), fill=PALETTE[name])
    for name in ("street", "highway"):
        x, y = rng.integers(0, size, 2)
        draw.line((x, 0, size - x, size), fill=PALETTE[name], width=max(2, size // 20))
        draw.line((0, y, size, y), fill=PALETTE["street"], width=max(2, size // 24))
    noise = rng.normal(0, 12, (size, size, 3))
    aerial = np.clip((255 - np.asarray(plan, np.float32)) * 0.6 + 40 + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(aerial), plan


def write_fake_pairs(folder: Path, count: int = 8, size: int = 64) -> Path:
    """Write `count` side-by-side pairs to `folder/train` and half as many to `folder/val`. Returns `folder`."""
    for split, n, first in (("train", count, 0), ("val", max(1, count // 2), 1000)):
        (folder / split).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            aerial, plan = fake_pair(first + i, size)
            both = Image.new("RGB", (2 * size, size))
            both.paste(aerial, (0, 0))
            both.paste(plan, (size, 0))
            both.save(folder / split / f"{i + 1}.png")
    return folder


def fake_face(age: int, gender: int, seed: int, size: int = 64) -> Image.Image:
    """A made-up face: an oval with eyes on a coloured ground; hair greys and lines come with age."""
    rng = np.random.default_rng(seed)
    face = Image.new("RGB", (size, size), tuple(int(c) for c in rng.integers(60, 200, 3)))
    draw, s = ImageDraw.Draw(face), size / 64
    shade = int(rng.integers(0, 90))
    skin = (210 - shade, 170 - shade, 140 - shade)
    grey = min(200, 30 + 2 * age)
    draw.ellipse((10 * s, 2 * s, 54 * s, 44 * s), fill=(grey, grey, grey))
    draw.ellipse((14 * s, 10 * s, 50 * s, 60 * s), fill=skin)
    for x in (19.5, 44):
        draw.ellipse(((x - 3) * s, 17 * s, (x + 3) * s, 22 * s), fill=(20, 20, 20))
    draw.line((24 * s, 48 * s, 40 * s, 48 * s), fill=(160, 40 + 100 * (1 - gender), 60), width=max(1, round(2 * s)))
    for i in range(age // 12):
        draw.line((18 * s, (26 + 4 * i) * s, 46 * s, (26 + 4 * i) * s), fill=tuple(c // 2 for c in skin))
    return face


def write_fake_faces(folder: Path, per_bin: int = 4, size: int = 64) -> Path:
    """Write faces of ten age groups, named as UTKFace's are, to `folder`. Returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for k, age in enumerate((3, 8, 13, 18, 25, 35, 45, 55, 65, 80)):
        for i in range(per_bin):
            face = fake_face(age, i % 2, 100 * k + i, size)
            face.save(folder / f"{age}_{i % 2}_0_{k:02d}{i:03d}.png")
    return folder


def fake_photo(seed: int, size: tuple[int, int] = (96, 80)) -> Image.Image:
    """A made-up photo of (width, height): coloured bars and rings, fine enough that shrinking loses them."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    layers = []
    for _ in range(3):
        wave = rng.uniform(0.1, 1.2, 2)
        layers.append(np.sin(wave[0] * x + wave[1] * y + rng.uniform(0, 6)))
        centre = rng.uniform(0, 1, 2) * (width, height)
        layers.append(np.sin(rng.uniform(0.2, 0.8) * np.hypot(x - centre[0], y - centre[1])))
    colors = rng.uniform(-40, 40, (len(layers), 3))
    return Image.fromarray(np.clip(128 + np.tensordot(np.stack(layers, -1), colors, 1), 0, 255).astype(np.uint8))


def write_fake_piles(folder: Path, counts: tuple[int, int] = (11, 12), size: int = 48) -> Path:
    """Two piles of photos without pairs, in trainA and trainB, of `size` px a side."""
    for side, count in zip("AB", counts, strict=True):
        pile = folder / f"train{side}"
        pile.mkdir(parents=True, exist_ok=True)
        for i in range(count):
            fake_photo(2 * i + "AB".index(side), (size, size)).save(pile / f"{i:02d}.png")
    return folder


def write_fake_scenes(folder: Path, scenes: int = 5, shift: int = 5) -> Path:
    """Write photos of some scenes, two of each, `shift` px apart, with `pairs.json`; the last two for validation."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    pairs: dict[str, list[dict]] = {"train": [], "val": []}
    for scene in range(scenes):
        wide = fake_photo(scene, (96 + shift, 80))
        for k in (0, 1):
            wide.crop((k * shift, 0, 96 + k * shift, 80)).save(folder / "photos" / f"{scene:03d}_{k}.png")
        row = {"input": f"{scene:03d}_0", "ref": f"{scene:03d}_1", "scene": scene, "inliers": 50}
        row["homography"] = [[1, 0, -shift], [0, 1, 0], [0, 0, 1]]
        pairs["val" if scene >= scenes - 2 else "train"].append(row)
    (folder / "pairs.json").write_text(json.dumps(pairs), encoding="utf-8")
    return folder


BLOSSOMS = {"red": (210, 40, 40), "yellow": (230, 200, 40), "purple": (130, 60, 160), "white": (235, 235, 230)}


def fake_blossom(color: str, petals: int, seed: int, size: int = 64) -> Image.Image:
    """A made-up flower: ellipses around a dark heart on a green ground."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (size, size), (40, int(rng.integers(80, 140)), 50))
    draw, middle, turn = ImageDraw.Draw(picture), size / 2 + rng.uniform(-4, 4, 2) * size / 64, rng.uniform(0, 6)
    for k in range(petals):
        angle = turn + 2 * np.pi * k / petals
        x, y = middle + 0.22 * size * np.array([np.cos(angle), np.sin(angle)])
        r = 0.14 * size
        draw.ellipse((x - r, y - r, x + r, y + r), fill=BLOSSOMS[color])
    x, y = middle
    draw.ellipse((x - size / 12, y - size / 12, x + size / 12, y + size / 12), fill=(90, 60, 20))
    return picture


def write_fake_captioned(folder: Path, per_class: int = 6, size: int = 64) -> Path:
    """Write flowers of 12 classes (four colours, three numbers of petals), two captions each. Returns `folder`.

    The layout is that of Oxford-102 with captions, see `gan_cls/dataset.py`; a few human sentences without pictures
    are there too, as for birds.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    captions: dict[str, list[str]] = {}
    lines = ["image,class_id,class_name"]
    for label, (color, petals) in enumerate((c, p) for c in BLOSSOMS for p in (4, 5, 7)):
        for i in range(per_class):
            name = f"image_{label:02d}{i:03d}"
            fake_blossom(color, petals, 100 * label + i, size).save(folder / "images" / f"{name}.png")
            captions[name] = [f"A {color} flower with {petals} round petals.", f"this flower has {color} petals"]
            lines.append(f"{name},{label},{color} {petals}")
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    human = {
        "Rose": ["a red rose with many petals", "this one is red"],
        "Lily": ["a white lily, tall and thin", "it is white"],
    }
    (folder / "human_sentences_without_pictures.json").write_text(json.dumps(human), encoding="utf-8")
    return folder
