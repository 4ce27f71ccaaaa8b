"""The tab "Latent space" without a page: which places its fields name, what is painted, and what its parts are sent."""

from __future__ import annotations

import io
import json
import math
import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import gradio as gr
import numpy as np
import pytest
import torch
from fakes.dcgan import MODELS as EXPLORERS
from fakes.dcgan import SIDE, FakeExplorer, latent_cataloged
from PIL import Image

from cgan_demo import weights
from cgan_demo.errors import InputError
from cgan_demo.gan_games.mixtures import EXTENT, GRID, MIXTURES
from cgan_demo.gan_games.plane import Game, perfecting
from cgan_demo.objectives import ADVERSARIAL
from cgan_demo.ui.components import ModelStore, available
from cgan_demo.ui.films import around
from cgan_demo.ui.latent import exploring as work
from cgan_demo.ui.latent import games, objectives, plane, tab, view
from cgan_demo.ui.latent.calls import KEPT, Calls, further
from cgan_demo.ui.latent.exploring import (
    ARC,
    COUNT,
    DOMAINS,
    LINE,
    MINE,
    Asked,
    Exploring,
    Mine,
    Opening,
    Place,
    opening,
    written,
)
from cgan_demo.ui.latent.fields import TARGETS, TOUR, Fields, Targets, clicked, first_fields, thrown, with_mine
from cgan_demo.ui.latent.tab import SECTIONS, USE
from cgan_demo.ui.page import build_page
from cgan_demo.ui.seeds import MAX_SEED


@pytest.fixture
def exploring() -> Exploring:
    return Exploring(ModelStore(FakeExplorer))


@pytest.fixture
def calls(exploring: Exploring, tmp_path: Path) -> Calls:
    return Calls(exploring, str(tmp_path / "uploads"))


def asking(calls: Calls, truncation: float = 1.0, mine: Mine | None = None) -> Asked:
    return calls.exploring.asked("Faces", truncation, mine)


def same(a: Image.Image, b: Image.Image) -> bool:
    return a.tobytes() == b.tobytes()


def url_picture(url: str) -> Image.Image:
    with urlopen(url) as data:
        return Image.open(io.BytesIO(data.read()))


# ---- what is offered


@pytest.mark.parametrize("ids", [(), ("latent-flowers",), tuple(EXPLORERS)])
def test_the_domains_are_those_whose_models_there_are(ids: tuple[str, ...]) -> None:
    with latent_cataloged(ids):
        assert [DOMAINS[name] for name in available(DOMAINS)] == list(ids)


def test_one_model_alone_gives_a_tab_of_one_domain() -> None:
    with latent_cataloged(["latent-flowers"]), gr.Blocks() as page:
        tab.build(ModelStore(FakeExplorer))
    offered = next(c["props"] for c in page.config["components"] if c["props"].get("elem_id") == "latent-domain")
    assert offered["choices"] == [("Flowers", "Flowers")] and offered["value"] == "Flowers"
    named = {d["api_name"] for d in page.config["dependencies"] if str(d["api_name"]).startswith("latent_")}
    assert named == {"latent_flowers"}


def test_without_a_model_there_is_no_tab() -> None:
    with latent_cataloged([]):
        page = build_page(load=FakeExplorer)
    tabs = {c["props"].get("label") for c in page.config["components"] if c["type"] == "tabitem"}
    assert "Sharpen" in tabs and "Latent space" not in tabs


def test_the_six_objectives_are_at_the_foot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectives, "ASSETS", tmp_path)
    (tmp_path / "objectives.md").write_text("| flowers | KID |\n|---|---|\n| hinge | 1.5 |\n")
    for name in objectives.PICTURES:
        Image.new("RGB", (8, 8)).save(tmp_path / f"{name}.png")
    with latent_cataloged(), gr.Blocks() as page:
        tab.build(ModelStore(FakeExplorer))
    texts = [str(c["props"].get("value")) for c in page.config["components"] if c["type"] == "markdown"]
    assert any("DCGAN" in text and "| hinge | 1.5 |" in text for text in texts)
    shown = [c["props"]["value"] for c in page.config["components"] if c["type"] == "gallery"]
    assert [gallery[0]["caption"] for gallery in shown] == list(objectives.PICTURES.values())


def test_all_knobs_have_labels() -> None:
    with latent_cataloged(), gr.Blocks() as page:
        tab.build(ModelStore(FakeExplorer))
    kinds = ("textbox", "number", "slider", "radio", "checkbox", "image")
    knobs = [c["props"] for c in page.config["components"] if c["type"] in kinds and c["props"].get("visible") is True]
    assert len(knobs) > 20 and all(knob["label"] for knob in knobs)


def test_a_domain_opens_with_what_its_weights_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opening("Faces") != opening("Flowers") != Opening()
    for name in DOMAINS:
        fields = first_fields(name)
        assert len(written(fields.corners)) == 4 and all(written(text) for text in fields.values())
    monkeypatch.setattr(weights, "_bundled_folder", lambda model_id: None)
    assert opening("Faces") == Opening()


# ---- places


def test_places_are_seeds_and_ones_own_picture() -> None:
    assert written(" 3,4; 007  Mine") == ["3", "4", "7", MINE] and written("") == []
    for text in ("three", "-1", "1.5", "12345678901", "½"):
        with pytest.raises(InputError, match="is no seed"):
            written(text)


def test_places_are_counted_and_one_s_own_belongs_to_its_model(exploring: Exploring) -> None:
    mine = Mine("Faces", torch.ones(8))
    half = exploring.asked("Faces", 0.5, mine)
    seed, own = half.places("3, mine", "A")
    assert torch.equal(seed.z, FakeExplorer().latent(3) / 2) and seed.words == "seed 3"
    assert torch.equal(own.z, mine.z) and own.words == "your picture"
    with pytest.raises(InputError, match="A: write 1 seed; there are 2"):
        half.places("3, mine", "A", 1, 1)
    with pytest.raises(InputError, match="The pad: write 4 seeds; there are 0"):
        half.places("", "The pad", 4, 4)
    for asked in (exploring.asked("Faces"), exploring.asked("Flowers", 1, mine)):
        with pytest.raises(InputError, match="choose one under “My picture” first"):
            asked.places(MINE, "A")
    with pytest.raises(InputError, match="4294967295"):
        exploring.asked("Faces").places("4294967296", "A")
    with pytest.raises(InputError, match="Faces, Flowers"):
        exploring.asked("Cats")


def test_every_domain_opens_with_places_that_there_are(exploring: Exploring) -> None:
    for domain in DOMAINS:
        for text in first_fields(domain).values():
            assert exploring.asked(domain).places(text, "field")


def test_a_click_fills_the_open_sections_fields_in_turn() -> None:
    fields, targets = first_fields("Faces"), Targets("A", "↖", "A")
    targets, fields = clicked("walk", targets, fields, 9)
    assert (fields.a, targets.walk) == ("9", "B")
    targets, fields = clicked("walk", targets, fields, 8)
    assert (fields.b, targets.walk) == ("8", "A")
    for i, seed in enumerate((11, 12, 13, 14, 15)):
        targets, fields = clicked("pad", targets, fields, seed)
        assert targets.pad == TARGETS["pad"][(i + 1) % 4]
    assert fields.corners == "15, 12, 13, 14"
    assert clicked("move", targets, fields, 7)[1].start == "7"
    assert clicked("mine", targets, fields, 7) == (targets, fields)


def test_a_click_adds_to_a_term_and_takes_away() -> None:
    fields, targets = replace(first_fields("Faces"), mix_b="4, 5"), Targets(TOUR, "↖", "B")
    kept, more = clicked("mix", targets, fields, 40)
    assert kept == targets and more.mix_b == "4, 5, 40" and more.mix_a == fields.mix_a
    assert clicked("mix", targets, more, 5)[1].mix_b == "4, 40"
    alone = Fields(*["0"] * 8)
    assert clicked("mix", targets, alone, 0)[1] == alone  # the last one stays
    assert clicked("walk", targets, fields, 30)[1].tour == fields.tour + ", 30"


def test_ones_own_picture_is_put_where_it_is_wanted() -> None:
    fields = first_fields("Faces")
    assert with_mine("walk", fields).a == MINE and with_mine("move", fields).start == MINE
    assert written(with_mine("pad", fields).corners)[0] == MINE
    assert set(USE) <= set(SECTIONS)
    with pytest.raises(InputError):
        with_mine("mix", fields)


def test_the_dice_throw_four_corners() -> None:
    assert len(set(written(thrown()))) == 4 and thrown() != thrown()


# ---- what the page is sent


def test_samples_come_with_their_seeds(calls: Calls) -> None:
    items = json.loads(calls.samples(asking(calls), 8))["items"]
    assert [item["seed"] for item in items] == list(range(8, 8 + COUNT))
    assert further(None) == COUNT and further(MAX_SEED) == MAX_SEED
    assert calls.samples(asking(calls, 0), 0) != calls.samples(asking(calls), 0)


@pytest.mark.parametrize("way", [ARC, LINE])
def test_a_walk_begins_and_ends_with_its_samples(calls: Calls, way: str) -> None:
    explorer = FakeExplorer()
    for share, seed in ((0, 3), (100, 5)):
        given = json.loads(calls.walk(asking(calls), "3", "5", share, way))
        assert same(url_picture(given["url"]), explorer(seed))
        assert given["caption"] == f"seed 3 → seed 5, {share} %"
    assert given["name"] == "seed-3-to-seed-5-100.png"
    strip = json.loads(calls.strip(asking(calls), "3", "5", way))
    assert strip["ends"] == ["seed 3", "seed 5"] and [i["share"] for i in strip["items"]][::4] == [0, 50, 100]
    assert "truncation 0.5" in json.loads(calls.walk(asking(calls, 0.5), "3", "5", 30, way))["caption"]


def test_the_two_ways_differ_in_the_middle(calls: Calls) -> None:
    assert calls.walk(asking(calls), "3", "5", 50, ARC) != calls.walk(asking(calls), "3", "5", 50, LINE)


def test_an_animation_goes_round(calls: Calls) -> None:
    given = json.loads(calls.film(asking(calls), "0, 1, 2", ARC))
    film: Any = url_picture(given["url"])
    assert film.format == "GIF" and film.n_frames == work.TOUR and film.info["loop"] == 0
    assert given["caption"] == "seed 0 → seed 1 → seed 2 → seed 0" and given["name"] == "walk-0-1-2.gif"
    for tour in ("0", ", ".join(map(str, range(13)))):
        with pytest.raises(InputError, match="2 to 12 seeds"):
            calls.film(asking(calls), tour, ARC)
    frames = [Image.new("RGB", (8, 8), (40 * i, 0, 255 - 40 * i)) for i in range(4)]
    assert Image.open(io.BytesIO(around(frames, 16))).n_frames == 4  # type: ignore[attr-defined]


def test_the_pads_corners_are_its_seeds(calls: Calls) -> None:
    explorer = FakeExplorer()
    for x, y, seed in ((0, 0, 4), (1, 0, 5), (0, 1, 6), (1, 1, 7)):
        shown, at = calls.drag(asking(calls), "4 5 6 7", json.dumps({"x": x, "y": y}))
        assert same(url_picture(json.loads(shown)["url"]), explorer(seed)) and at == (x, y)
    pad, shown = calls.pad(asking(calls), "4 5 6 7", None)
    assert json.loads(pad)["corners"][3] == "seed 7" and json.loads(shown)["caption"] == "0.50 across, 0.50 down"
    assert url_picture(json.loads(pad)["map"]).size == (view.SIDE * view.TILE,) * 2


@pytest.mark.parametrize(
    "message",
    [None, "", "{}", "[]", '{"x": 1}', '{"x": "1", "y": 0}', '{"x": NaN, "y": 0}', '{"x": 0, "y": 1.01}'],
)
def test_a_message_that_cannot_be_read_is_told_in_words(calls: Calls, message: str | None) -> None:
    with pytest.raises(InputError, match="load it again"):
        calls.drag(asking(calls), "4 5 6 7", message)
    with pytest.raises(InputError, match="load it again"):
        calls.slide(asking(calls), "0", message)


def test_a_sum_is_shown_as_in_the_paper(calls: Calls) -> None:
    explorer, given = FakeExplorer(), json.loads(calls.mix(asking(calls), "0 1 2", "3, 4", "5"))
    assert [len(column["samples"]) for column in given["columns"]] == [3, 2, 1]
    assert [sample["words"] for sample in given["columns"][1]["samples"]] == ["seed 3", "seed 4"]
    mixed = explorer.arithmetic([0, 1, 2], [3, 4], [5])
    assert same(url_picture(given["answer"]), mixed.answer)
    assert same(url_picture(given["columns"][0]["mean"]), mixed.a)


def test_directions_move_by_what_the_sliders_say(calls: Calls) -> None:
    sliders, shown, strip = calls.move(asking(calls), "0", {"size": 2.0})
    assert [item["value"] for item in json.loads(sliders)["items"]] == [2, 0]
    assert "+18 pixels" in json.loads(sliders)["items"][0]["words"]
    assert json.loads(shown)["caption"] == "seed 0, size +2" and json.loads(strip)["ends"] == ["smaller", "larger"]
    message = json.dumps({"amounts": {"size": 3, "of another model": 1}, "last": "left to right"})
    shown, told = calls.slide(asking(calls), "0", message)
    assert told == {"size": 3.0} and "size +3" in json.loads(shown)["caption"]
    explorer = FakeExplorer()
    assert same(url_picture(json.loads(shown)["url"]), explorer.paint(explorer.move(explorer.latent(0), told)[None])[0])
    assert json.loads(calls.slid(asking(calls), "0", message))["words"] == "Left to right, from -2 to 2."


@pytest.mark.parametrize("amount", [99, -3.01, math.nan, math.inf, "3", True, None])
def test_amounts_that_no_slider_can_have_are_refused(calls: Calls, amount: Any) -> None:
    message = json.dumps({"amounts": {"left to right": 0, "size": amount}, "last": "size"})
    for call in (calls.slide, calls.slid):
        with pytest.raises(InputError, match="The size is .*: give a number from -3 to 3"):
            call(asking(calls), "0", message)


def test_a_model_without_directions_says_so(tmp_path: Path) -> None:
    calls = Calls(Exploring(ModelStore(lambda model_id: FakeExplorer(model_id, ()))), str(tmp_path))
    sliders, shown, strip = calls.move(asking(calls), "4", None)
    assert json.loads(sliders)["items"] == [] and json.loads(shown)["caption"] == "seed 4" and strip == view.EMPTY


def test_another_domain_forgets_ones_own_picture(calls: Calls) -> None:
    given = calls.switch("Flowers")
    assert given[:8] == first_fields("Flowers").values() and given[8:10] == (None, None) and given[11] == view.EMPTY
    assert [button["interactive"] for button in given[12:]] == [False] * 3
    assert calls.open("", "Faces") != calls.open("walk", "Faces")


def test_typed_seeds_come_back_but_not_ones_own_picture(calls: Calls) -> None:
    kept = {"domain": "Flowers", "seed": 32, "a": "7", "tour": "1, mine, 3", "start": "Mine"}
    opened = dict(zip(("section", "stamp", *KEPT), calls.open("", "Faces", json.dumps(kept)), strict=True))
    usual = first_fields("Flowers")
    assert (opened["domain"], opened["seed"], opened["a"], opened["b"]) == ("Flowers", 32, "7", usual.b)
    assert (opened["tour"], opened["start"]) == (usual.tour, usual.start)
    assert calls.open("shown", "Faces", json.dumps(kept)) == (gr.skip(),) * (2 + len(KEPT))


# ---- one's own picture


def test_a_picture_is_read_used_and_its_file_removed(calls: Calls, tmp_path: Path) -> None:
    folder, told = tmp_path / "uploads", []
    folder.mkdir()
    Image.new("RGB", (90, 70), (70, 70, 70)).save(folder / "own.png")
    mine, _, reading, *buttons, emptied = calls.read(
        str(folder / "own.png"), "Faces", 20, lambda done, desc: told.append(done)
    )
    assert list(folder.iterdir()) == [] and emptied is None and told[-1] == (20, 20)
    captions = [item["caption"] for item in json.loads(reading)["items"]]
    assert captions[1:] == ["Read at once: 33.2 of 255 off", "After 20 steps: 12.5 of 255 off"]
    assert all(button["interactive"] for button in buttons)
    walked = json.loads(calls.walk(asking(calls, 0.5, mine), MINE, "1", 0, ARC))
    assert same(url_picture(walked["url"]), FakeExplorer().paint(mine.z[None])[0])
    assert walked["name"] == "your-picture-to-seed-1-0.png"
    assert calls.use("move", *first_fields("Faces").values())[1:] == (
        "move",
        *with_mine("move", first_fields("Faces")).values(),
    )


@pytest.mark.parametrize(("content", "words"), [(b"no picture", "not a picture"), (None, "No face was found")])
def test_what_cannot_be_read_is_told_and_removed_all_the_same(
    calls: Calls, tmp_path: Path, content: bytes | None, words: str
) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    Image.new("RGB", (50, 50), "white").save(folder / "own.png")
    if content:
        (folder / "own.png").write_bytes(content)
    with pytest.raises(InputError, match=words):
        calls.read(str(folder / "own.png"), "Faces", 10, lambda *_, **__: None)
    assert list(folder.iterdir()) == []


def test_the_remaining_error_is_said_in_words() -> None:
    assert len({view.judged(error) for error in (5, 20, 60)}) == 3


# ---- the games in the plane


def test_the_words_say_what_was_covered_under_each_objective() -> None:
    assert plane.COVERED.keys() == games.OBJECTIVES.keys()
    for objective, (ring, ring_term, grid, grid_term) in plane.COVERED.items():
        assert 0 < min(ring, ring_term) <= max(ring, ring_term) <= 8 and min(grid, grid_term) > 0
        assert max(grid, grid_term) <= 25
        words = plane.told(objective)
        assert f"{ring:g} of 8" in words and f"{grid:g} of 25" in words and f"{ring_term:g} and {grid_term:g}." in words
    lost = [name for name, (_, _, grid, grid_term) in plane.COVERED.items() if grid_term < grid]
    assert "7.9 of 8 on average in place of 5." in plane.TERM_INFO and lost == ["LSGAN"]
    assert "20.4 of 25 in place of 12.5" in plane.TERM_INFO


@pytest.mark.parametrize("seed", range(3))
def test_the_words_about_a_held_generator_are_true(seed: int) -> None:
    steps, on_true, on_made = re.findall(r"[\d.]*\d", plane.HOLD)
    assert float(on_true) + float(on_made) == 1 and "less than a tenth" in plane.HOLD
    (_, _), (state, early), *_, (_, late) = perfecting(Game(seed=seed), 100, int(steps))
    assert state.step == int(steps) and state.sure >= float(on_true)  # the difference of both
    assert early["minimax"] < early["non-saturating"] / 10 and late["non-saturating"] > early["non-saturating"]
    *_, (state, late) = perfecting(Game(mixture="grid of 25", seed=seed), 100, 100)
    assert state.sure < 0.95 and late["minimax"] > 0.5


def test_every_choice_of_a_game_is_known_and_explained() -> None:
    assert set(games.OBJECTIVES.values()) == set(ADVERSARIAL) and plane.WATCH.keys() == games.OBJECTIVES.keys()
    assert set(games.MIXTURES.values()) == set(MIXTURES)
    for text in plane.WATCH.values():
        assert text.count(". ") == 1  # two sentences
    played = [games.game_of("Ring of 8", "Hinge", False, critic, 0) for critic in games.CRITIC_STEPS]
    efforts = [game.steps * (1 + game.critic_steps) for game in played]
    assert max(efforts) < 1.1 * min(efforts)
    with pytest.raises(InputError, match="Hinge"):
        games.game_of("Ring of 8", "Love", False, "5", 0)


def short(**kwargs: Any) -> Game:
    return Game(steps=6, width=8, batch=8, **kwargs)


@pytest.mark.parametrize("objective", ["minimax", "wgan-gp"])
def test_a_game_is_told_state_by_state(objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(games, "PAUSE", 0.0)
    tables = games.Tables()
    states = [json.loads(value) for value in tables.play("me", short(objective=objective))]
    assert [state.get("step") for state in states] == [*range(7), None] and states[-1] == {"over": True}
    assert "real" in states[0] and "real" not in states[1] and states[0]["g"] is None
    assert math.isfinite(states[3]["g"]) and (states[3]["sure"] is None) == (objective == "wgan-gp")
    import base64

    assert len(base64.b64decode(states[2]["d"])) == GRID**2 and games.LIMIT < 600
    samples = np.frombuffer(base64.b64decode(states[2]["samples"]), "<i2") / 100
    assert samples.shape == (1024,) and np.abs(samples).max() < 10 * EXTENT
    assert tables.playing == {}


def test_states_are_paced_and_the_ends_are_always_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(games, "PAUSE", 1000.0)
    steps = [json.loads(value).get("step") for value in games.Tables().play("me", short())]
    assert steps == [0, 6, None]


def test_d_alone_gets_sure_and_the_two_objectives_tell_the_generator_other_things() -> None:
    tables = games.Tables()
    told = [json.loads(value) for value in tables.hold("me", Game(seed=1))]
    tables.warm()
    assert told[-1] == {"over": True} and told[-2]["held"] and told[-2]["step"] == told[-2]["steps"] == games.HELD
    first, last = told[1], told[-2]
    assert told[0]["real"] and last["samples"] == first["samples"] and last["d"] != told[0]["d"]
    assert last["sure"] > 0.99 and last["minimax"] < first["minimax"] and last["non-saturating"] > 50 * last["minimax"]


def test_a_visitor_plays_one_game_at_a_time_and_can_stop_it() -> None:
    tables = games.Tables()
    first, other = tables.play("me", short()), tables.play("you", short())
    next(first), next(other)
    second = tables.play("me", short(seed=1))
    next(second)
    assert list(first) == []  # replaced, without a word that would end the second
    tables.stop("me")
    assert [json.loads(value) for value in second] == [{"over": True}]
    tables.stop("nobody")
    assert [json.loads(value) for value in other][-1] == {"over": True} and tables.playing == {}


def test_a_game_ends_with_its_time_and_when_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = games.Tables()
    monkeypatch.setattr(games, "LIMIT", -1.0)
    assert len(list(tables.play("me", short()))) == 2  # one state, and the word that it is over
    game = tables.play("me", short())
    next(game)
    game.close()  # as gradio does when a visitor leaves
    assert tables.playing == {} and threading.active_count() < 50


def test_sizes_are_as_the_page_draws_them() -> None:
    script = (Path(games.__file__).parents[1] / "parts" / "toyplane.js").read_text(encoding="utf-8")
    assert f"EXTENT = {EXTENT:g}, GRID = {GRID}" in script
    assert SIDE == 64 and Place("seed 0", torch.zeros(1)).words == "seed 0"
