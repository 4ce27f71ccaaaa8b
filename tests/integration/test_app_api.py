"""The page as an API: every capability answers, and bad files give a result or one clear sentence."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import cataloged
from fakes import load as fake_load
from fakes.dcgan import MODELS as EXPLORERS
from fakes.dcgan import FakeExplorer
from fakes.gan_cls import MODELS as DOMAINS
from fakes.gan_cls import FakePainter
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from PIL import Image, ImageOps, ImageStat

from cgan_demo.ui.page import build_page, launch_options


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cataloged():
        page = build_page(load=fake_load)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_options())
    yield Client(url, verbose=False)
    page.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "map.png"
    Image.effect_noise((64, 48), 90).convert("RGB").save(path)
    return path


def opened(value: Any) -> Image.Image:
    return Image.open(value if isinstance(value, str) else value["path"]).convert("RGB")


@pytest.mark.parametrize("name", ["/map_to_aerial", "/aerial_to_map"])
def test_translation_answers_with_the_predictors_picture(client: Client, picture: Path, name: str) -> None:
    result = opened(client.predict(handle_file(picture), 3, api_name=name))
    assert result.tobytes() == fake_load("")(Image.open(picture), seed=3).tobytes()


def test_painting_answers(client: Client) -> None:
    result = opened(client.predict(canvas=data_url((256, 256)), seed=0, api_name="/paint_to_aerial"))
    assert result.size == (256, 256) and result.getpixel((9, 9)) == (255 - 177, 255 - 209, 255 - 254)


def test_there_and_back_gives_four_pictures(client: Client, picture: Path) -> None:
    pictures = client.predict(handle_file(picture), "Aerial → Map", 0, api_name="/there_and_back")
    assert [item["caption"][:10] for item in pictures] == ["1 · aerial", "2 · map, f", "3 · aerial", "difference"]
    assert "mean 0.0 of 255" in pictures[3]["caption"]  # inverted twice is the picture itself


def test_unpaired_turns_a_photo_by_a_share(client: Client, picture: Path) -> None:
    photo = Image.open(picture)
    for strength, expected in ((1, ImageOps.invert(photo)), (0, photo)):
        result = opened(client.predict(handle_file(picture), "Zebra → Horse", strength, 160, api_name="/unpaired"))
        assert result.tobytes() == expected.tobytes()


def test_only_the_capabilities_are_in_the_api(client: Client) -> None:
    api: Any = client.view_api(return_format="dict", print_info=False)
    maps = {"/map_to_aerial", "/aerial_to_map", "/paint_to_aerial", "/there_and_back", "/unpaired"}
    sketches = {"/sketch_to_photo", "/sketch_variations", "/photo_to_edges"}
    faces = {"/age_face", "/age_strip", "/mix_faces"}
    texts, latents = {"/text_to_flower", "/text_to_bird"}, {"/latent_faces", "/latent_flowers"}
    assert set(api["named_endpoints"]) == maps | sketches | faces | {"/super_resolution"} | texts | latents


def data_url(size: tuple[int, int]) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", size, (177, 209, 254)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    ("canvas", "words"),
    [
        ("", "PNG data URL"),
        ("file:///etc/hostname", "PNG data URL"),
        ("data:image/svg+xml;base64,AAAA", "PNG data URL"),
        ("data:image/png;base64,%%%", "damaged"),
        ("data:image/png;base64," + "A" * 2**21, "2 MB"),
        (data_url((255, 256)), "255×256"),
    ],
)
def test_a_bad_painting_is_refused_in_words(client: Client, canvas: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        client.predict(canvas, 0, api_name="/paint_to_aerial")


def test_missing_weights_are_told_in_words(client: Client, picture: Path) -> None:
    with pytest.raises(Exception, match="cgan-demo pull map-to-aerial"):
        client.predict(handle_file(picture), 13, api_name="/map_to_aerial")


def test_no_picture_is_told_in_words(client: Client) -> None:
    with pytest.raises(Exception, match="Choose a picture first"):
        client.predict(None, 0, api_name="/map_to_aerial")


def png(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, options.pop("format", "PNG"), **options)
    return buffer.getvalue()


NOISE = Image.effect_noise((64, 64), 90)
ODD_FILES: dict[str, bytes] = {
    "text.png": b"this is not a picture",
    "empty.png": b"",
    "truncated.png": png(NOISE)[:1500],
    "one_pixel.png": png(Image.new("RGB", (1, 1))),
    "sixteen_bit.png": png(Image.new("I;16", (64, 64), 40000)),
    "cmyk.jpg": png(NOISE.convert("CMYK"), format="JPEG"),
    "animated.gif": png(NOISE, format="GIF", save_all=True, append_images=[ImageOps.invert(NOISE)]),
}


@pytest.mark.parametrize("name", ODD_FILES)
def test_an_odd_file_gives_a_result_or_a_sentence(client: Client, tmp_path: Path, picture: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ODD_FILES[name])
    try:
        assert opened(client.predict(handle_file(path), 0, api_name="/map_to_aerial")).width >= 1
    except Exception as error:  # whatever the client raises, it carries the server's words
        sentence = str(error)
        assert len(sentence.split()) >= 4 and "Traceback" not in sentence and "show_error" not in sentence, sentence
    assert opened(client.predict(handle_file(picture), 0, api_name="/map_to_aerial")).size == (64, 48)


@pytest.mark.parametrize(("subject", "blue"), [("Shoe", 1), ("Bag", 2), ("House front", 3), ("Cat", 4)])
def test_sketches_answer(client: Client, picture: Path, subject: str, blue: int) -> None:
    drawing = handle_file(picture)
    photo = client.predict(drawing, 7, True, None, subject, api_name="/sketch_to_photo")
    assert Image.open(photo).getpixel((0, 0)) == (7, 100, blue)
    gallery = client.predict(drawing, 7, False, subject, api_name="/sketch_variations")
    assert [Image.open(item["image"]).getpixel((0, 0)) for item in gallery] == [(7 + i, 0, blue) for i in range(4)]


def test_edges_answer(client: Client, picture: Path) -> None:
    edges = client.predict(handle_file(picture), api_name="/photo_to_edges")
    assert Image.open(edges).size == (256, 256)  # as the model gives it


def test_an_unknown_subject_is_refused(client: Client, picture: Path) -> None:
    with pytest.raises(Exception, match="House front|not in the list of choices"):
        client.predict(handle_file(picture), 0, True, None, "Dog", api_name="/sketch_to_photo")


@pytest.fixture
def face(tmp_path: Path) -> Path:
    """Of one face, for the fake finder, with bytes no other file has."""
    picture = Image.effect_noise((300, 200), 60).convert("RGB")
    picture.putpixel((0, 0), (90, 90, 90))
    picture.save(tmp_path / "face.png")
    return tmp_path / "face.png"


def brightness(value: Any) -> float:
    return ImageStat.Stat(opened(value).convert("L")).mean[0]


def test_faces_are_aged_and_uploads_removed(client: Client, face: Path) -> None:
    content = face.read_bytes()
    young, old = (client.predict(handle_file(face), age, "Man", 0, api_name="/age_face") for age in (10, 70))
    assert brightness(old) > brightness(young) + 50  # age is brightness in the fake
    strip = client.predict(handle_file(face), "As read", 0.5, api_name="/age_strip")
    assert [item["caption"] for item in strip][::9] == ["0–5", "71+"]
    lights = [brightness(item["image"]) for item in strip]
    assert lights == sorted(lights)
    whole = client.predict(handle_file(face), 70, "Man", 0, True, api_name="/age_face")
    assert opened(whole).size == Image.open(io.BytesIO(content)).size != opened(old).size
    mixed = client.predict(handle_file(face), handle_file(face), 0.5, 40, "Woman", 1, api_name="/mix_faces")
    assert opened(mixed).size == (233, 233)  # the eyes are 90 px apart
    kept = [p for p in Path(get_upload_folder()).rglob("*") if p.is_file() and p.read_bytes() == content]
    assert kept == []


@pytest.mark.parametrize(("color", "words"), [("white", "No face was found"), ("black", "There are 2 faces")])
def test_no_face_and_several_are_told_in_words(client: Client, face: Path, color: str, words: str) -> None:
    picture = Image.open(face)
    picture.paste(color, (0, 0, 1, 1))
    picture.save(face)
    with pytest.raises(Exception, match=words):
        client.predict(handle_file(face), 30, "As read", 0.5, api_name="/age_face")


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "I;16"])
def test_a_picture_is_enlarged_in_its_own_mode_and_uploads_removed(client: Client, tmp_path: Path, mode: str) -> None:
    small, other = tmp_path / "small.png", tmp_path / "other.png"
    noise = Image.effect_noise((24, 20), 60)
    deep = Image.fromarray(np.asarray(noise, np.uint16) * 200)  # a plain picture would stay as it is
    (deep if mode == "I;16" else noise.convert(mode)).save(small)
    Image.effect_noise((64, 60), 61).convert("RGB").save(other)
    contents = {path.read_bytes() for path in (small, other)}
    references = [handle_file(other), handle_file(other)]
    faithful, sharp = (
        Image.open(client.predict(handle_file(small), references, 1, sharpness, api_name="/super_resolution"))
        for sharpness in (0, 1)
    )
    assert faithful.format == "PNG" and faithful.mode == mode and faithful.size == (96, 80)
    assert faithful.tobytes() != sharp.tobytes()
    assert not [p for p in Path(get_upload_folder()).rglob("*") if p.is_file() and p.read_bytes() in contents]


@pytest.mark.parametrize(
    ("size", "count", "words"), [((641, 20), 0, "641 x 20 pixels"), ((2600, 20), 0, "2560"), ((20, 20), 6, "at most 5")]
)
def test_too_much_to_sharpen_is_refused_in_words(
    client: Client, tmp_path: Path, size: tuple[int, int], count: int, words: str
) -> None:
    Image.new("RGB", size).save(tmp_path / "large.png")
    Image.effect_noise((64, 60), 61).convert("RGB").save(tmp_path / "other.png")
    others = [handle_file(tmp_path / "other.png")] * count or None
    with pytest.raises(Exception, match=words):
        client.predict(handle_file(tmp_path / "large.png"), others, 1, 0.5, api_name="/super_resolution")


@pytest.mark.parametrize("model_id", DOMAINS)
def test_a_sentence_is_painted_as_often_as_asked(client: Client, model_id: str) -> None:
    sentence, name = "a red petal with a white back", "/" + model_id.replace("-", "_")
    pictures = client.predict(sentence, 3, 5, api_name=name)
    assert [item["caption"] for item in pictures] == ["seed 5", "seed 6", "seed 7"]
    painted = FakePainter(model_id).variations(sentence, 3, seed=5)
    assert [opened(item["image"]).tobytes() for item in pictures] == [picture.tobytes() for picture in painted]
    assert len(client.predict(sentence, api_name=name)) == 8


def test_words_never_seen_are_told_beside_the_pictures(client: Client) -> None:
    pictures = client.predict("die Blume hat a red petal, eine zorblax in Rot", 2, 5, api_name="/text_to_flower")
    unseen = ", never seen in training: “die”, “blume”, “hat”, “eine”, “zorblax”, “in”, “rot”"
    assert [item["caption"] for item in pictures] == ["seed 5" + unseen, "seed 6" + unseen]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("eine rote Blume mit runden Blütenblättern", "“eine”, “rote”, “blume”, “mit”, “runden” and 1 more. Say in En"),
        ("this is a zorblax", "training: “zorblax”. Say in English what it looks like"),
        ("a 花", "training: “花”. Say"),
        ("красный", "no words: describe what you would like to see, in English"),
        ("x" * 300, f"training: “{'x' * 20}…”. Say"),
    ],
)
def test_a_sentence_of_words_never_seen_is_not_painted(client: Client, sentence: str, words: str) -> None:
    for name in ("/text_to_flower", "/text_to_bird"):
        with pytest.raises(Exception, match=words):
            client.predict(sentence, 2, 5, api_name=name)


@pytest.mark.parametrize(
    ("sentence", "count", "seed", "words"),
    [
        (" ", 8, 0, "has no words"),
        ("a " * 151, 8, 0, "at most 300"),
        ("a flower", 0, 0, "1 to 64"),
        ("a flower", 2.5, 0, "count is 2.5"),
        ("a flower", 8, -1, "seed is -1: give a whole number from 0"),
        ("a flower", 8, None, "seed is None"),
    ],
)
def test_what_cannot_be_painted_is_told_in_words(
    client: Client, sentence: str, count: Any, seed: Any, words: str
) -> None:
    with pytest.raises(Exception, match=words):
        client.predict(sentence, count, seed, api_name="/text_to_flower")


@pytest.mark.parametrize("model_id", EXPLORERS)
def test_a_seed_is_painted_with_its_truncation(client: Client, model_id: str) -> None:
    name, explorer = "/" + model_id.replace("-", "_"), FakeExplorer(model_id)
    for seed, truncation in ((5, 1.0), (4294967295, 0.5)):
        answer = opened(client.predict(seed, truncation, api_name=name))
        assert answer.tobytes() == explorer(seed, truncation).tobytes()
    assert opened(client.predict(api_name=name)).tobytes() == explorer(0).tobytes()


@pytest.mark.parametrize(
    ("seed", "truncation", "words"),
    [(-1, 1, "seed is -1|0 to 4294967295"), (2.5, 1, "seed is 2.5"), (None, 1, "seed is None"), (0, 2, "0 to 1.5")],
)
def test_what_is_no_place_is_told_in_words(client: Client, seed: Any, truncation: Any, words: str) -> None:
    with pytest.raises(Exception, match=words):
        client.predict(seed, truncation, api_name="/latent_faces")
