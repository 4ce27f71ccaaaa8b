"""What comes back from a browser's store is used where it can be, and else is as if it had not been kept."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest
from fakes import load as fake_load
from fakes.gan_cls import FakePainter
from PIL import Image

from cgan_demo.ui.components import ModelStore
from cgan_demo.ui.kept import Kept, bring, note
from cgan_demo.ui.parts.paintpad import from_data_url, to_data_url
from cgan_demo.ui.seeds import MAX_SEED
from cgan_demo.ui.sketch.tab import build
from cgan_demo.ui.text.calls import Calls
from cgan_demo.ui.text.painting import Asked, Painting

RED = Image.new("RGB", (256, 256), "red")


def kept(**values: Any) -> Kept:
    return Kept.read(json.dumps(values))


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "7", "null", "[" * 100_000, '{"seed": null}'])
def test_what_cannot_be_read_is_nothing(text: str | None) -> None:
    assert Kept.read(text).values == {}


@pytest.mark.parametrize(
    ("value", "found"), [(7, 7), (0, 0), (9, 9), (10, None), (-1, None), (True, None), ("7", None)]
)
def test_a_seed_is_a_whole_number_in_its_range(value: Any, found: int | None) -> None:
    assert kept(seed=value).integer("seed", 9) == found and kept().integer("seed", 9) is None


def test_choices_and_texts_are_such_as_fields_can_hold() -> None:
    for value, found in (("Bag", "Bag"), ("Cat", None), (["Bag"], None), ({}, None)):
        assert kept(subject=value).choice("subject", ["Shoe", "Bag"]) == found
    for value, found in (("a bird", "a bird"), ("x" * 6, "x" * 6), ("x" * 7, None), (" ", None), (3, None)):
        assert kept(sentence=value).text("sentence", 6) == found


def test_a_painting_is_one_that_the_pad_can_send() -> None:
    url = to_data_url(RED)
    assert kept(pad=url).painting("pad") == url
    small, long = to_data_url(RED.resize((32, 32))), url + "A" * 2**21
    for bad in (small, long, "data:image/png;base64,AAAA", "data:image/jpeg;base64,AAAA", "", 3, [url]):
        assert kept(pad=bad).painting("pad") is None


def test_what_was_traced_from_a_photo_is_marked_and_read_like_the_rest() -> None:
    marked = to_data_url(RED, traced=True)
    assert marked.startswith("data:image/png;traced") and from_data_url(marked).tobytes() == RED.tobytes()


def test_the_scripts_name_their_tabs_pads_and_fields() -> None:
    assert '"maps"' in bring("maps", ["a-pad"]) and '["a-pad"]' in bring("maps", ["a-pad"])
    assert '["domain", "seed"]' in note("text", ("domain", "seed"))
    assert all("localStorage" in script for script in (bring("x"), note("x", [])))


def test_a_sentence_comes_back_where_the_tab_offers_its_domain() -> None:
    values = {"domain": "Bird", "sentence": "a red bird", "other": "a blue one", "seed": 3, "chosen": 5}
    opened = Calls(Painting(ModelStore(FakePainter)), "").open(None, "Flower", json.dumps(values))
    assert list(opened[3:]) == list(values.values())
    opened = Calls(Painting(ModelStore(FakePainter)), "", ["Flower"]).open(None, "Flower", json.dumps(values))
    assert opened[3] == "Flower"
    values |= {"sentence": " ", "seed": MAX_SEED + 1}
    opened = Calls(Painting(ModelStore(FakePainter)), "").open(None, "Flower", json.dumps(values))
    assert opened[4].startswith("a small bird") and opened[6] == 0


def test_what_is_shown_already_is_left() -> None:
    calls = Calls(Painting(ModelStore(FakePainter)), "")
    shown = calls.open(Asked("Flower", "a red flower"), "Flower", json.dumps({"sentence": "a blue one"}))
    assert len({json.dumps(value, default=str) for value in shown}) == 1


def test_a_sketch_comes_back_with_its_subject_or_an_example_of_it() -> None:
    with gr.Blocks():
        first = build(ModelStore(fake_load))["fn"]
    shoe, front, url = to_data_url(RED), to_data_url(Image.new("RGB", (256, 256))), to_data_url(stroke())

    def shown(**values: Any) -> list[Any]:
        return list(first("Shoe", shoe, front, 0, True, None, json.dumps(values) if values else ""))

    skip = gr.skip()
    assert shown()[:8] == [skip] * 8
    assert shown(subject="Shoe", seed=4)[5:8] == [skip, skip, 4]  # the pad has been drawn on since, perhaps
    bag = shown(subject="Bag", seed=None)
    assert bag[0] == "Bag" and from_data_url(bag[5]).size == (256, 256) and bag[6:8] == [skip, skip]
    house = shown(subject="House front", **{"sketch-canvas": url, "sketch-labels": url})
    assert house[5:7] == [url, url] and house[1]["visible"] is False and house[2]["visible"] is True
    assert house[8].getpixel((0, 0))[2] == 3  # what its fake model is told by
    assert shown(subject="Dog", **{"sketch-canvas": "x"})[0] == "Shoe"


def stroke() -> Image.Image:
    picture = RED.copy()
    picture.paste("white", (20, 20, 60, 24))
    return picture
