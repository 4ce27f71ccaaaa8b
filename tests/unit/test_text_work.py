"""The tab "Text → Picture" without a page: what is painted, what its parts are sent, and which domains it offers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import gradio as gr
import pytest
from fakes.gan_cls import MODELS as FAKES
from fakes.gan_cls import FakePainter, text_cataloged
from PIL import Image

from cgan_demo import weights
from cgan_demo.errors import InputError
from cgan_demo.gan_cls import predictor
from cgan_demo.ui.components import ModelStore, available
from cgan_demo.ui.films import there_and_back
from cgan_demo.ui.page import build_page
from cgan_demo.ui.seeds import MAX_SEED, seed_of
from cgan_demo.ui.text import painting as work
from cgan_demo.ui.text import tab, view
from cgan_demo.ui.text.calls import Calls
from cgan_demo.ui.text.painting import COUNT, DOMAINS, SEED, SENTENCE, Asked, Painting, Style, opening, recolored

RED = Asked("Flower", "a red flower")


@pytest.fixture
def painting() -> Painting:
    return Painting(ModelStore(FakePainter))


@pytest.fixture
def calls(painting: Painting, tmp_path: Path) -> Calls:
    return Calls(painting, str(tmp_path / "uploads"))


@pytest.fixture
def style(painting: Painting, tmp_path: Path) -> Style:
    Image.new("L", (40, 30), 240).save(tmp_path / "light.png")
    return painting.style("Flower", str(tmp_path / "light.png"), tmp_path / "uploads")


def same(a: list[Image.Image], b: list[Image.Image]) -> bool:
    return [x.tobytes() for x in a] == [x.tobytes() for x in b]


def url_picture(url: str) -> Image.Image:
    with urlopen(url) as data:
        return Image.open(io.BytesIO(data.read()))


# ---- what is offered


@pytest.mark.parametrize("ids", [(), ("text-to-bird",), tuple(FAKES)])
def test_the_domains_are_those_whose_models_there_are(ids: tuple[str, ...]) -> None:
    with text_cataloged(ids):
        assert [DOMAINS[name] for name in available(DOMAINS)] == list(ids)


def test_the_variants_are_shown_where_there_is_their_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab, "ASSETS", tmp_path)
    assert tab._figures() == {}
    (tmp_path / "text-variants.jpg").touch()
    assert tab._figures() == {tab.VARIANTS: tmp_path / "text-variants.jpg"}


def test_one_model_alone_gives_a_tab_of_one_domain() -> None:
    with text_cataloged(["text-to-bird"]), gr.Blocks() as page:
        tab.build(ModelStore(FakePainter))
    offered = next(c["props"] for c in page.config["components"] if c["props"].get("elem_id") == "text-domain")
    assert offered["choices"] == [("Bird", "Bird")] and offered["value"] == "Bird"
    named = {d["api_name"] for d in page.config["dependencies"] if str(d["api_name"]).startswith("text_to")}
    assert named == {"text_to_bird"}


def test_without_a_model_there_is_no_tab() -> None:
    with text_cataloged([]):
        page = build_page(load=FakePainter)
    tabs = {c["props"].get("label") for c in page.config["components"] if c["type"] == "tabitem"}
    assert "Sharpen" in tabs and "Text → Picture" not in tabs


def test_the_limits_on_the_page_are_within_the_predictors() -> None:
    assert work.LONGEST == predictor.LONGEST
    assert MAX_SEED + COUNT < predictor.SEEDS - predictor.MOST
    assert max(work.FILM, COUNT) <= predictor.MOST


def test_every_domain_is_described() -> None:
    for domain in map(opening, DOMAINS):
        assert domain.note and len(set(domain.examples)) >= 4 and domain.other not in domain.examples
        assert all(len(sentence) <= 60 for sentence in domain.examples)  # the page cuts longer ones
        assert all(recolored("a red one", color) == f"a {color} one" for color in domain.colors)


def test_weights_that_say_nothing_of_the_page_are_opened_with_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_bundled_folder", lambda model_id: None)
    first = opening("Bird")
    assert first.examples[0] == "a red bird" and first.other not in first.examples[:1] and first.note == ""


# ---- what is painted


def test_every_seed_keeps_its_picture(painting: Painting, style: Style) -> None:
    for asked in (RED, Asked("Flower", "a red flower", style, 0.8)):
        eight = painting.samples(asked, 3)
        assert len(eight) == COUNT and same(eight[2:3], painting.samples(asked, 5, 1))
        assert len({picture.tobytes() for picture in eight}) == COUNT


def test_a_style_moves_all_samples_and_at_most_makes_them_equal(painting: Painting, style: Style) -> None:
    none, some, all_of_it = (painting.samples(Asked("Flower", RED.sentence, style, x), 0) for x in (0, 0.5, 1))
    assert same(none, painting.samples(RED, 0)) and not same(some, none)
    assert len({picture.tobytes() for picture in all_of_it}) == 1


@pytest.mark.parametrize("styled", [False, True])
def test_both_ways_begin_and_end_with_the_samples(painting: Painting, style: Style, styled: bool) -> None:
    asked = Asked("Flower", "a red flower", style if styled else None)
    to_blue = painting.between_sentences(asked, "a blue flower", 4, 5)
    blue = Asked("Flower", "a blue flower", asked.style)
    assert same([to_blue[0], to_blue[-1]], painting.samples(asked, 4, 1) + painting.samples(blue, 4, 1))
    to_seven = painting.between_seeds(asked, 4, 7, 5)
    assert same([to_seven[0], to_seven[-1]], painting.samples(asked, 4, 1) + painting.samples(asked, 7, 1))
    assert len(to_blue) == len(to_seven) == 5


def test_a_styles_upload_is_removed_even_when_it_is_no_picture(painting: Painting, tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    for name, content in (("good.png", None), ("bad.png", b"no picture")):
        Image.new("RGB", (900, 300), "red").save(folder / name)
        if content:
            (folder / name).write_bytes(content)
            with pytest.raises(InputError, match="not a picture"):
                painting.style("Flower", str(folder / name), folder)
        else:
            assert max(url_picture(painting.style("Flower", str(folder / name), folder).thumb).size) == work.THUMB
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("sentence", "color", "result"),
    [
        ("This RED flower is red", "blue", "This blue flower is red"),
        ("a reddish flower with grey spots", "white", "a reddish flower with white spots"),
        ("a flower", "white", "a flower"),
    ],
)
def test_the_first_colour_is_exchanged(sentence: str, color: str, result: str) -> None:
    assert recolored(sentence, color) == result


def test_bad_choices_and_seeds_are_told_in_words(painting: Painting) -> None:
    with pytest.raises(InputError, match="Flower, Bird"):
        painting.samples(Asked("Cat", "a cat"), 0)
    assert seed_of(None) == 0
    with pytest.raises(InputError, match="whole number from 0"):
        seed_of(MAX_SEED + 1)


# ---- what the page is sent


def shown(calls: Calls, sentence: str = "a red zorblax", seed: int = 8) -> tuple[Any, ...]:
    return calls.show("Flower", sentence, seed, None, 0.8)


def test_samples_come_enlarged_and_with_their_seeds(calls: Calls) -> None:
    samples, words, told, colors, asked, stamp = shown(calls)
    given = json.loads(samples)
    assert [item["seed"] for item in given["items"]] == list(range(8, 16)) and given["words"] == "a red zorblax"
    assert url_picture(given["items"][0]["url"]).size == (view.CELL, view.CELL)
    assert asked == Asked("Flower", "a red zorblax", None, 0.8) and stamp != shown(calls)[5]
    assert words[2:] == [("red", None), (" ", None), ("zorblax", "never seen in training"), (" ", None)]
    assert told == "Never seen in training: “zorblax”. What it means is guessed from the letters."
    assert ["red"] not in colors.raw_samples and ["blue"] in colors.raw_samples and colors.visible
    assert calls.recolor("a red zorblax", ["blue"]) == "a blue zorblax"


def test_an_empty_sentence_asks_for_one(calls: Calls) -> None:
    assert "Say what" in shown(calls, "  ")[2] and shown(calls, "a flower")[2] == "The model knows every word."
    assert not shown(calls, "a flower")[3].visible


def test_eight_more_stop_at_the_last_seed(calls: Calls) -> None:
    assert calls.more(None) == 8 and calls.more(MAX_SEED - 1) == MAX_SEED


def test_the_chosen_picture_is_saved_as_it_was_made(calls: Calls, painting: Painting) -> None:
    asked = Asked("Flower", "A red flower, it's “big”!")
    large, button = calls.large(asked, 5)
    assert json.loads(large)["caption"] == f"“{asked.sentence}”, seed 5" and button.endswith("64 × 64")
    assert url_picture(json.loads(large)["url"]).size == (view.LARGE, view.LARGE)
    saved = json.loads(calls.save(asked, 5))
    assert saved["name"] == "a-red-flower-it-s-big-seed-5.png"
    assert same([url_picture(saved["url"]).convert("RGB")], painting.samples(asked, 5, 1))
    with pytest.raises(InputError, match="no picture yet"):
        calls.save(None, 0)
    assert view.file_name("??", "seed", 3) == "picture-seed-3" and len(view.file_name("a " * 150)) <= 80


@pytest.mark.parametrize(
    ("kind", "ends"), [(SENTENCE, ["“a red flower”", "“a blue one”"]), (SEED, ["seed 1", "seed 2"])]
)
def test_the_way_is_a_strip_and_a_film(calls: Calls, kind: str, ends: list[str]) -> None:
    strip, film = map(json.loads, calls.way(RED, 1, kind, "a blue one", 2))
    assert strip["ends"] == ends and [item["share"] for item in strip["items"]][::4] == [0, 50, 100]
    assert film == {}  # it was of another strip
    film = json.loads(calls.film(RED, 1, kind, "a blue one", 2))
    assert film["name"].startswith("a-red-flower-seed-1-to-") and film["name"].endswith(".gif")
    picture: Any = url_picture(film["url"])
    assert picture.format == "GIF" and picture.size == (view.FILM_SIDE, view.FILM_SIDE) and picture.n_frames > 20


def test_a_film_goes_there_and_back() -> None:
    frames = [Image.new("RGB", (8, 8), (40 * i, 0, 255 - 40 * i)) for i in range(4)]
    film: Any = Image.open(io.BytesIO(there_and_back(frames, 16)))
    assert film.n_frames == 6 and film.info["loop"] == 0
    reds = []
    for i in range(6):
        film.seek(i)
        reds.append(film.convert("RGB").getpixel((3, 3))[0])
    assert reds[1] == reds[5] and reds[2] == reds[4] and reds[:4] == sorted(reds[:4])
