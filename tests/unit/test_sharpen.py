"""The tab "Sharpen" without a page: what visitors give, what is kept of it, and what its parts are sent."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from fakes.super_resolution import model as fake_resolver
from PIL import Image

from cgan_demo.data.fake import fake_photo
from cgan_demo.errors import InputError
from cgan_demo.super_resolution import predictor, scaling
from cgan_demo.ui.components import ModelStore
from cgan_demo.ui.parts.origins import coloring, grid
from cgan_demo.ui.sharpen import bench as work
from cgan_demo.ui.sharpen import view
from cgan_demo.ui.sharpen.bench import Bench, Given, Sharpener, Shelf
from cgan_demo.ui.sharpen.tab import SCENES, examples
from cgan_demo.ui.uploads import removing

PHOTO, OTHER = fake_photo(1, (96, 64)), fake_photo(2, (80, 72))


@pytest.fixture
def sharpener() -> Sharpener:
    return Sharpener(ModelStore(lambda model_id: fake_resolver()))


def test_the_limits_on_the_page_are_the_predictors() -> None:
    assert work.LARGEST == predictor.LARGEST and work.FACTOR == scaling.FACTOR
    assert work.MOST_REFERENCES == predictor.MOST_REFERENCES
    assert work.LARGEST_REFERENCE == predictor.LARGEST_REFERENCE


# ---- what was given


def test_what_was_lent_goes_when_a_visitor_brings_something() -> None:
    example = Given(PHOTO, (OTHER,), example=True, lent=True)
    mine = example.with_photo(OTHER)
    assert mine.references == () and not mine.example and mine.key != example.key
    assert example.with_references([PHOTO]).references == (PHOTO,)
    assert mine.with_references([PHOTO]).with_photo(PHOTO).references == (PHOTO,)


def test_there_are_at_most_five_references() -> None:
    full = Given(PHOTO).with_references([OTHER] * 3).with_references([OTHER] * 2)
    with pytest.raises(InputError, match="6 references"):
        full.with_references([OTHER])
    assert len(full.without_reference(4).references) == 4
    with pytest.raises(InputError, match="no such reference"):
        full.without_reference(5)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_photo_of_any_mode_can_be_shrunk_and_shown(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    picture = Image.fromarray(np.arange(32 * 32, dtype=np.uint16).reshape(32, 32) * 60)
    (picture if mode == "I;16" else PHOTO.crop((0, 0, 32, 32)).convert(mode)).save(path)
    photo = work.open_photo(str(path))
    assert work.seen(scaling.shrink(photo)).size == (8, 8)
    assert photo.mode == {"1": "L", "P": "RGB", "CMYK": "RGB"}.get(mode, mode)


def test_a_photo_that_is_too_large_for_anything_is_refused(tmp_path: Path) -> None:
    Image.new("L", (2561, 10)).save(tmp_path / "wide.png")
    with pytest.raises(InputError, match="2561 x 10 .* 640 .* 2560"):
        work.open_photo(str(tmp_path / "wide.png"))


def test_uploads_are_gone_even_when_one_is_damaged(tmp_path: Path) -> None:
    folder, outside = tmp_path / "uploads", tmp_path / "mine.png"
    folder.mkdir()
    paths = [folder / f"{i}.png" for i in range(3)] + [outside]
    for path in paths:
        OTHER.save(path)
    paths[1].write_bytes(b"no picture")
    names = [str(path) for path in [*paths, paths[0]]]
    with pytest.raises(InputError, match="not a picture"), removing(names, folder):
        work.open_references(names)
    assert list(folder.iterdir()) == [] and outside.exists()


def test_large_references_are_shrunk_on_arrival(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 1500)).save(tmp_path / "large.jpg")
    (picture,) = work.open_references([str(tmp_path / "large.jpg")])
    assert picture.size == (1024, 512)


# ---- what is kept


def bench(key: str, side: int = 8) -> Bench:
    picture = Image.new("RGB", (side, side))
    return Bench(None, key, None, picture, picture, None, None)  # type: ignore[arg-type]


def test_the_shelf_keeps_what_was_used_last_within_its_room() -> None:
    shelf = Shelf(room=2 * 64)
    made: list[str] = []

    def get(key: str) -> Bench:
        return shelf.get(key, lambda: made.append(key) or bench(key))  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a", "b"):
        assert get(key).key == key
    assert made == ["a", "b", "c", "b"] and len(shelf) == 2


def test_what_could_not_be_made_is_tried_again() -> None:
    shelf = Shelf()

    def fail() -> Bench:
        raise InputError("no")

    for _ in range(2):
        with pytest.raises(InputError):
            shelf.get("a", fail)
    assert shelf.get("a", lambda: bench("a")).key == "a"


def test_what_could_not_be_made_leaves_nothing_behind() -> None:
    shelf = Shelf(room=64)

    def fail() -> Bench:
        raise InputError("no")

    shelf.get("kept", lambda: bench("kept"))
    for i in range(100):
        with pytest.raises(InputError):
            shelf.get(str(i), fail)
    assert list(shelf._slots) == ["kept"]  # a hundred empty places would have been as much as it


def test_who_waited_for_what_failed_makes_it_and_it_is_kept() -> None:
    shelf, begun, going, made = Shelf(), Event(), Event(), list[str]()

    def fail() -> Bench:
        begun.set()
        going.wait(60)
        raise InputError("no")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shelf.get, "a", fail)
        begun.wait(60)
        second = pool.submit(shelf.get, "a", lambda: made.append("a") or bench("a"))  # type: ignore[func-returns-value]
        going.set()
        assert isinstance(first.exception(60), InputError) and second.result(60).key == "a"
    assert shelf.get("a", fail).key == "a" and made == ["a"]


def test_a_picture_is_prepared_once_for_all_settings(sharpener: Sharpener, monkeypatch: pytest.MonkeyPatch) -> None:
    given, calls = Given(PHOTO, (OTHER,)), []
    prepare = sharpener.resolver.prepare
    monkeypatch.setattr(sharpener.resolver, "prepare", lambda *a: calls.append(a) or prepare(*a))  # type: ignore[func-returns-value]
    with ThreadPoolExecutor(3) as pool:
        benches = list(pool.map(lambda _: sharpener.bench(given, False), range(3)))
    views = [view.step_value(benches[0], w, s) for w, s in ((0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5))]
    assert len(calls) == 1 and len(set(views)) == 5
    sharpener.bench(given, True)
    assert len(calls) == 2  # the shrunk one is another picture


def test_without_a_picture_it_says_so(sharpener: Sharpener) -> None:
    for given in (None, Given(references=(OTHER,))):
        with pytest.raises(InputError, match="no picture yet"):
            sharpener.bench(given, False)


# ---- what is shown


def test_an_original_is_shrunk_and_compared_with(sharpener: Sharpener) -> None:
    made = sharpener.bench(Given(PHOTO, (OTHER,)), True)
    assert made.low.size == (24, 16) and made.truth is not None and made.truth.size == made.bicubic.size == (96, 64)
    assert [row[0] for row in made.rows(1, 0)] == ["Bicubic", "Without references", "With references"]
    assert [row[0] for row in sharpener.bench(Given(PHOTO), True).rows(1, 0)] == ["Bicubic", "This model"]
    assert sharpener.bench(Given(PHOTO), False).rows(1, 0) == []


def test_an_example_is_compared_whatever_is_ticked(sharpener: Sharpener) -> None:
    given = Given(PHOTO, example=True)
    assert sharpener.bench(given, False) is sharpener.bench(given, True)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "RGB", "I;16"])
def test_a_download_is_of_the_photos_mode(sharpener: Sharpener, mode: str) -> None:
    grey = Image.fromarray(np.asarray(PHOTO.convert("L")).astype(np.uint16) * 257)
    made = sharpener.bench(Given(grey if mode == "I;16" else PHOTO.convert(mode)), False)
    picture = made.picture(1, 0.5)
    assert picture.mode == mode and picture.size == (384, 256)
    assert made.shown(1, 0.5).mode == "RGB"


def test_a_place_points_at_itself_in_the_same_picture(sharpener: Sharpener) -> None:
    made = sharpener.bench(Given(PHOTO, (PHOTO,)), True)
    origin = made.prepared.origin
    assert origin is not None
    places = grid(origin, made.prepared.references)
    numbers = np.frombuffer(base64.b64decode(places["data"]), "<u2").reshape(16, 24, 4) / 65535
    inner = numbers[3:-3, 3:-3]
    right = np.abs(inner[..., 1] - (np.arange(3, 21) + 0.5) / 24) < 0.01
    assert right.mean() > 0.9 and inner[..., 3].min() > 0.9
    pictures = coloring(origin, made.prepared.references, made.bicubic)
    assert [picture.size for picture in pictures] == [(96, 64), (96, 64)]


def test_two_references_have_different_colors(sharpener: Sharpener) -> None:
    made = sharpener.bench(Given(PHOTO, (OTHER, PHOTO)), True)
    value = json.loads(view.source_value(made))
    shares = [item["words"] for item in value["references"]]
    assert len(shares) == 2 and "gave" in shares[0] and shares[0] != shares[1]
    assert "No reference" in json.loads(view.source_value(sharpener.bench(Given(PHOTO), False)))["words"]


def test_variants_say_their_settings_and_numbers(sharpener: Sharpener) -> None:
    items = json.loads(view.variants_value(sharpener.bench(Given(PHOTO, (OTHER,)), True)))["items"]
    assert [item["name"] for item in items][:2] == ["Bicubic", "Plain, faithful"] and len(items) == 5
    assert "weight" not in items[0] and (items[-1]["weight"], items[-1]["sharpness"]) == (1, 1)
    assert sum(len(item["best"]) for item in items) == 2 and float(items[0]["psnr"]) > 10
    bare = json.loads(view.variants_value(sharpener.bench(Given(PHOTO), False)))["items"]
    assert len(bare) == 3 and "psnr" not in bare[0]


def test_equals_are_written_as_infinitely_near() -> None:
    assert view.written(float("inf"), 1.0) == {"psnr": "∞", "ssim": "1.000"}


def test_examples_are_small_files_of_ours() -> None:
    pairs = examples()
    assert list(pairs) == ["Wall", "Tiles", "Shelf"]
    assert all(max(picture.size) <= 512 for pair in pairs.values() for picture in pair)
    assert all(path.stat().st_size < 100_000 for path in SCENES.iterdir())
