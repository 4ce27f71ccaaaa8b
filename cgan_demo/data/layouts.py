"""Where the pairs of a folder lie: both halves in one file, or two folders with the same names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import DataError
from .pictures import READ, pictures_in

Pair = tuple[Path, Path | None]  # the second is None where one file holds both pictures

SPLITS = {"train": ("train",), "val": ("val", "valid", "validation", "test")}
LAYOUTS = (
    "pairs are read from {0}/ with both pictures side by side in each file, or by name from {0}/A and {0}/B, "
    f"A/{{0}} and B/{{0}}, or {{0}}A and {{0}}B ({READ})"
)


def list_pairs(data: Path, split: str | None = None) -> list[Pair]:
    """The pairs of a split of a data set, 2 before 10.

    Looked for, in this order: `split/A` with `split/B`; `A/split` with `B/split`; `splitA` with `splitB`; and `split`,
    where each file holds the pictures side by side. "val" may be called valid, validation or test. Where nothing is
    called train, and where no split is asked for, the pairs are those of the folder itself: `A` with `B`, or its files.

    Raises:
        DataError: there is no such folder, it holds no pairs, or pictures have no partner.
    """
    if not data.is_dir():
        raise DataError(f"There is no folder {data}. Give --data the folder that holds the pictures.")
    for name in (SPLITS[split] if split else ()) + (("",) if split != "val" else ()):
        for left, right in _places(data, name):
            if pairs := _side_by_side(left) if right is None else _by_name(left, right):
                return pairs
    if split == "val":
        raise DataError(f"{data} holds no pictures to measure on: {LAYOUTS.format('val')}; val may be called test.")
    raise DataError(f"{data} holds no pictures in a layout that is known: {LAYOUTS.format('train')}.")


HELD_OUT = 10  # of a set without a validation split, each tenth picture is one of it


def list_piles(data: Path, split: str) -> tuple[list[Path], list[Path]]:
    """The two piles of a split of a set without pairs: in `trainA` and `trainB`, or in the other folders of pairs.

    split: "train" or "val". A set that has no validation split has each tenth picture held out for it.

    Raises:
        DataError: there is no such folder, or no two piles in it.
    """
    if not data.is_dir():
        raise DataError(f"There is no folder {data}. Give --data the folder that holds the pictures.")
    if found := _piles(data, SPLITS[split]):
        if split == "val" or _piles(data, SPLITS["val"]):
            return found
        a, b = ([f for i, f in enumerate(pile) if i % HELD_OUT] for pile in found)
        return a, b
    if split == "val" and (found := _piles(data, SPLITS["train"])):
        return found[0][::HELD_OUT], found[1][::HELD_OUT]
    raise DataError(f"{data} holds no two piles of pictures: put them into trainA and trainB ({READ}).")


def _piles(data: Path, names: Sequence[str]) -> tuple[list[Path], list[Path]] | None:
    for name in names:
        for left, right in _places(data, name):
            if right is not None and (a := _in_order(left)) and (b := _in_order(right)):
                return a, b
    return None


def _places(data: Path, name: str) -> Iterator[tuple[Path, Path | None]]:
    """Folders where the pairs of a split may lie; "" is the data set as a whole."""
    for ways in (((name, "A"), (name, "B")), (("A", name), ("B", name)), ((f"{name}A",), (f"{name}B",))):
        left, right = (_folder(data, *way) for way in ways)
        if left and right:
            yield left, right
    if alone := _folder(data, name):
        yield alone, None


def _folder(data: Path, *names: str) -> Path | None:
    """The folder below that is called so, in upper or lower case; "" is the folder itself."""
    for name in filter(None, names):
        if not (data / name).is_dir():
            alike = [f for f in sorted(data.iterdir()) if f.name.lower() == name.lower() and f.is_dir()]
            if not alike:
                return None
            name = alike[0].name
        data = data / name
    return data


def _side_by_side(folder: Path) -> list[Pair]:
    return [(file, None) for file in _in_order(folder)]


def _in_order(folder: Path) -> list[Path]:
    return sorted(pictures_in(folder), key=lambda f: (len(f.stem), f.stem, f.suffix))  # 2.jpg before 10.jpg


def _by_name(left: Path, right: Path) -> list[Pair]:
    """Files of two folders that have the same name, whatever their endings.

    Raises:
        DataError: some have no partner, or several.
    """
    mine, others = _in_order(left), _in_order(right)
    alike = defaultdict(list)
    for other in others:
        alike[other.stem].append(other)
    found = {file: _partner(file, alike[file.stem], right) for file in mine}
    taken = Counter(other for other in found.values() if other is not None)
    lone, unused = [f for f in mine if found[f] is None], [f for f in others if f not in taken]
    if lone or unused:
        raise DataError(_unmatched((left, lone), (right, unused), len(taken)))
    for other, times in taken.items():
        if times > 1:
            raise DataError(f"{other} would be the partner of {times} pictures of {left}: give each pair its own name.")
    return list(found.items())


def _partner(file: Path, alike: list[Path], folder: Path) -> Path | None:
    exact = [other for other in alike if other.name == file.name]
    if len(alike) > 1 and not exact:
        names = " and ".join(other.name for other in alike)
        raise DataError(f"{file} has several partners in {folder}, {names}: leave one of them.")
    return next(iter(exact or alike), None)


def _unmatched(left: tuple[Path, list[Path]], right: tuple[Path, list[Path]], matched: int) -> str:
    """What is wrong with two folders, each given with its files that have no partner."""
    if not matched and left[1] and right[1]:
        return (
            f"No picture of {left[0]} has the name of one of {right[0]}: these are two piles of pictures, "
            "and this model learns from pairs, which have the same name in both."
        )
    (folder, lone), (other, _) = (left, right) if left[1] else (right, left)
    count = "1 picture of {} has" if len(lone) == 1 else f"{len(lone)} pictures of {{}} have"
    return f"{count.format(folder)} no partner in {other}, such as {lone[0].name}: give both the same name."
