"""What the tab "Unpaired" does with photos, examples and strength, apart from the page."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from fakes import load as fake_load
from PIL import Image, ImageChops, ImageStat

from cgan_demo.errors import InputError
from cgan_demo.ui.components import ModelStore
from cgan_demo.ui.unpaired import pictures
from cgan_demo.ui.unpaired.calls import LARGEST, TO_HORSE, TO_ZEBRA, Calls, Given


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    colors = ("red", "green", "blue", "white", "black")
    red, green, blue, white, black = ({name: Image.new("RGB", (40, 30), name)} for name in colors)
    examples = {TO_ZEBRA: red | green, TO_HORSE: blue}
    return Calls(ModelStore(fake_load), examples, white | black, str(tmp_path))


def color(picture: Image.Image) -> tuple[int, ...]:
    return tuple(round(x) for x in ImageStat.Stat(picture).mean)


def clicked(index: int) -> Any:
    return SimpleNamespace(index=index)


def test_it_opens_with_an_example_and_leaves_alone_what_is_there(calls: Calls) -> None:
    given, (before, after), strip = calls.open(None, TO_ZEBRA, 1.0, 160)
    assert (color(before), color(after)) == ((255, 0, 0), (0, 255, 255))
    assert given.example and not strip["visible"]
    assert all(value == gr.skip() for value in calls.open(given, TO_ZEBRA, 1.0, 160))


def test_an_upload_is_shrunk_translated_and_removed(calls: Calls, tmp_path: Path) -> None:
    place = tmp_path / "upload"
    place.mkdir()
    Image.new("RGB", (2048, 512), "yellow").save(place / "photo.png")
    given, pair, _, emptied = calls.upload(str(place / "photo.png"), TO_ZEBRA, 1.0, 160)
    assert given.photo.size == (LARGEST, 256) and not given.example and emptied is None
    assert color(pair[1]) == (0, 0, 255) and not place.exists()


def test_what_is_no_photo_is_told_in_words_and_removed(calls: Calls, tmp_path: Path) -> None:
    place = tmp_path / "upload"
    place.mkdir()
    (place / "notes.png").write_text("words")
    with pytest.raises(InputError):
        calls.upload(str(place / "notes.png"), TO_ZEBRA, 1.0, 160)
    assert not place.exists()
    with pytest.raises(gr.Error, match="Choose a photo"):
        calls.upload(None, TO_ZEBRA, 1.0, 160)


def test_strength_mixes_without_translating_anew(calls: Calls) -> None:
    given, _, _ = calls.choose(TO_ZEBRA, 1.0, 160, clicked(0))
    calls.models._loaded.clear()
    assert color(calls.mix(given, 0.5)[1]) in {(127, 127, 127), (128, 128, 128)} and not calls.models._loaded
    assert color(calls.mix(given, 0.0)[1]) == (255, 0, 0)
    assert calls.mix(None, 0.5) == gr.skip()


def test_another_size_is_of_the_same_photo(calls: Calls) -> None:
    given, _, _ = calls.choose(TO_ZEBRA, 1.0, 160, clicked(1))
    finer, pair, _ = calls.again(given, TO_ZEBRA, 1.0, 256)
    assert finer.photo is given.photo and finer.size == 256 and finer.example and color(pair[0]) == (0, 128, 0)
    assert all(value == gr.skip() for value in calls.again(None, TO_ZEBRA, 1.0, 256))


def test_examples_and_failures_are_chosen_by_their_place(calls: Calls) -> None:
    assert color(calls.choose(TO_ZEBRA, 1.0, 160, clicked(1))[1][0]) == (0, 128, 0)
    given, pair, _ = calls.fail(TO_ZEBRA, 1.0, 160, clicked(1))
    assert color(pair[0]) == (0, 0, 0) and not given.example
    for wrong in (9, "x"):
        with pytest.raises(InputError):
            calls.choose(TO_ZEBRA, 1.0, 160, clicked(wrong))  # type: ignore[arg-type]


def test_turning_shows_the_other_examples_and_keeps_ones_own_photo(calls: Calls) -> None:
    example, _, _ = calls.choose(TO_ZEBRA, 1.0, 160, clicked(0))
    given, pair, _, gallery = calls.turn(example, TO_HORSE, 1.0, 160)
    assert color(pair[0]) == (0, 0, 255) and [name for _, name in gallery] == ["blue"]
    mine = Given(Image.new("RGB", (8, 8), "white"), TO_ZEBRA, Image.new("RGB", (8, 8)), 160)
    given, pair, _, _ = calls.turn(mine, TO_HORSE, 1.0, 160)
    assert color(pair[0]) == (255, 255, 255) and given.direction == TO_HORSE


def test_there_and_back_shows_what_was_lost(calls: Calls) -> None:
    given, _, _ = calls.choose(TO_ZEBRA, 0.3, 160, clicked(0))
    strip = calls.there_and_back(given)
    captions = [words for _, words in strip["value"]]
    assert strip["visible"] and len(captions) == 4
    assert captions[1] == "2 · zebra, from 1" and captions[3].endswith("mean 0.0 of 255")  # inverted twice
    with pytest.raises(gr.Error, match="Choose a photo"):
        calls.there_and_back(None)


def test_the_animals_are_painted_alike_each_time_and_differ() -> None:
    for paint in (pictures.horses, pictures.zebras, pictures.failures):
        first, again = paint(), paint()
        assert all(not ImageChops.difference(first[name], again[name]).getbbox() for name in first)
        assert {p.size for p in first.values()} == {(256, 256)} and {p.mode for p in first.values()} == {"RGB"}
        assert len({p.tobytes() for p in first.values()}) == len(first)
