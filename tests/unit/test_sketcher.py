"""Drawings in, photos out, and photos in, drawings out."""

import os

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageOps

import cgan_demo
from cgan_demo.bicyclegan.drawn import make_pairs
from cgan_demo.bicyclegan.light import SketchGenerator
from cgan_demo.bicyclegan.predictor import Sketcher, frame, whitened
from cgan_demo.errors import DataError, InputError
from cgan_demo.images import to_tensor
from cgan_demo.pix2pix.light import INK_AND_PAPER, LightUNetGenerator
from cgan_demo.pix2pix.paper import UNetGenerator
from cgan_demo.pix2pix.predictor import EdgeDrawer, Translator, make_predictor
from cgan_demo.ui.components import ModelStore
from cgan_demo.ui.sketch.subjects import Sketches
from cgan_demo.weights import read_config, save_network


@pytest.fixture(scope="module")
def sketcher() -> Sketcher:
    torch.manual_seed(0)
    net = SketchGenerator(widths=(8, 8, 8, 8), fine=8)
    for module in net.modules():  # let the code reach the picture, as after training
        if isinstance(module, torch.nn.Conv2d) and not module.weight.any():
            torch.nn.init.normal_(module.weight, 0, 0.2)
    return Sketcher(net)


def drawing(width: int = 256, height: int = 256, box=(60, 80, 200, 160)) -> Image.Image:
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).rectangle(box, outline="black", width=2)
    return picture


def test_photos_are_deterministic_and_each_variation_is_its_own_seed(sketcher):
    three = sketcher.variations(drawing(), 3, seed=5)
    assert [p.size for p in three] == [(256, 256)] * 3
    alone = sketcher(drawing(), seed=6)
    assert np.abs(np.asarray(three[1], int) - np.asarray(alone, int)).max() <= 1
    assert three[0].tobytes() != three[1].tobytes()


def test_a_style_replaces_the_seed(sketcher):
    red, blue = (Image.new("RGB", (90, 60), c) for c in ("red", "blue"))
    one, again = sketcher(drawing(), seed=1, style=red), sketcher(drawing(), seed=2, style=red)
    assert one.tobytes() == again.tobytes() != sketcher(drawing(), seed=1, style=blue).tobytes()


@pytest.mark.parametrize("size", [(16, 16), (300, 90), (1000, 2000)])
def test_any_size_is_framed(sketcher, size):
    w, h = size
    picture = drawing(w, h, (w // 4, h // 4, 3 * w // 4, 3 * h // 4))
    assert sketcher(picture).size == (256, 256)


def test_fit_centres_and_scales():
    framed = frame(drawing(256, 256, (10, 10, 60, 40)), fit=True)
    left, top, right, bottom = ImageOps.invert(framed.convert("L")).point(lambda v: 255 * (v > 128)).getbbox()
    assert right - left == pytest.approx(230, abs=3)
    assert abs((left + right) / 2 - 128) <= 2 and abs((top + bottom) / 2 - 128) <= 2
    assert frame(drawing(), fit=False).tobytes() == drawing().tobytes()


def test_light_lines_on_dark_are_inverted():
    assert frame(ImageOps.invert(drawing()), fit=False).tobytes() == drawing().tobytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"drawing": Image.new("RGB", (256, 256), "white")}, "empty"),
        ({"count": 0}, "number of variations is .*1 to 16"),
        ({"count": 2.5}, "number of variations is .*1 to 16"),
        ({"seed": -1}, "seed"),
        ({"drawing": b"not a picture"}, "not a picture"),
        ({"style": b"not a picture"}, "not a picture"),
    ],
)
def test_bad_input_gets_a_sentence(sketcher, arguments, message):
    with pytest.raises(InputError, match=message):
        sketcher.variations(**{"drawing": drawing(), **arguments})


def edge_network() -> LightUNetGenerator:
    torch.manual_seed(0)
    return LightUNetGenerator(widths=(8, 8), palette=INK_AND_PAPER).eval()


def test_edges_are_black_on_white():
    result = EdgeDrawer(edge_network())(Image.effect_mandelbrot((300, 200), (-2, -1, 1, 1), 50).convert("RGB"))
    assert result.size == (256, 256) and set(np.unique(np.asarray(result))) <= {0, 255}


def test_pairs_are_made_once(tmp_path):
    (tmp_path / "photos" / "boots").mkdir(parents=True)
    for i in range(3):
        Image.new("RGB", (136, 102), (80 * i, 0, 0)).save(tmp_path / "photos" / "boots" / f"{i}.png")
    to = tmp_path / "pairs"
    assert make_pairs(edge_network(), tmp_path / "photos", to, batch=2) == 3
    made = {f: f.stat().st_mtime_ns for f in to.iterdir()}
    assert len(made) == 3 and all(Image.open(f).size == (512, 256) for f in made)
    assert make_pairs(edge_network(), tmp_path / "photos", to) == 3
    assert made == {f: f.stat().st_mtime_ns for f in to.iterdir()}
    with pytest.raises(DataError, match="holds no pictures"):
        make_pairs(edge_network(), to / "nothing", to)


def test_no_pair_takes_the_place_of_another(tmp_path):
    photos, to = tmp_path / "photos", tmp_path / "pairs"
    (photos / "a").mkdir(parents=True)
    (photos / "__MACOSX").mkdir()
    ways = {"1.jpg": "red", "1.png": "blue", "a/1.jpg": "lime", "a-1.jpg": "white", "A-1.png": "black", "2.jpg": "cyan"}
    for way, color in ways.items():
        Image.new("RGB", (40, 40), color).save(photos / way)
    for leftover in (".DS_Store", "._1.jpg", "__MACOSX/._1.jpg"):
        (photos / leftover).write_bytes(b"no picture")
    assert make_pairs(edge_network(), photos, to) == 6
    seen = {Image.open(f).getpixel((384, 128)) for f in to.iterdir()}
    assert len({tuple(round(c / 255) for c in color) for color in seen}) == len(list(to.iterdir())) == 6  # type: ignore
    assert (to / "2.jpg").exists() and not (to / "1.jpg").exists()
    names = sorted(to.iterdir())
    (photos / "2.png").touch()  # another one of that name does not move those that were made
    with pytest.raises(DataError, match=r"2\.png cannot be read"):
        make_pairs(edge_network(), photos, to)
    assert set(names) <= set(to.iterdir())


def test_a_broken_photo_is_passed_over_and_named(tmp_path):
    photos, to = tmp_path / "photos", tmp_path / "pairs"
    photos.mkdir()
    for i in (0, 2, 3):
        Image.new("RGB", (40, 40), "red").save(photos / f"{i}.jpg")
    (photos / "1.jpg").write_text("not a picture")
    with pytest.raises(DataError, match=r"has the pairs of 3 of 4 photos\. .*1\.jpg cannot be read"):
        make_pairs(edge_network(), photos, to, batch=2)
    assert sorted(f.name for f in to.iterdir()) == ["0.jpg", "2.jpg", "3.jpg"]


def test_photos_are_read_as_uploads_are_and_again_where_they_are_newer(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    cut_out = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    cut_out.paste((200, 0, 0, 255), (10, 10, 30, 30))
    cut_out.save(photos / "shoe.png")
    to = photos / "pairs"  # below the photos: what was made is no photo
    assert [make_pairs(edge_network(), photos, to) for _ in range(2)] == [1, 1]
    assert Image.open(to / "shoe.jpg").getpixel((256 + 20, 20)) == (255, 255, 255)
    Image.new("RGB", (40, 40), "blue").save(photos / "shoe.png")
    later = (to / "shoe.jpg").stat().st_mtime_ns + 10**9
    os.utime(photos / "shoe.png", ns=(later, later))
    assert make_pairs(edge_network(), photos, to) == 1
    assert Image.open(to / "shoe.jpg").getpixel((384, 128))[2] > 250
    with pytest.raises(DataError, match="only those where the pairs are to go"):
        make_pairs(edge_network(), photos, photos)


@pytest.mark.parametrize("system", ["bicyclegan", "pix2pix"])
def test_a_folder_from_before_the_room_was_its_own_is_read(system, tmp_path):
    save_network(SketchGenerator(widths=(8, 8), fine=8), tmp_path, system)
    model = cgan_demo.load(tmp_path, device="cpu")
    assert isinstance(model, Sketcher) and read_config(tmp_path)["system"] == "bicyclegan"


def test_the_method_as_published_is_served_by_its_own_room(tmp_path):
    save_network(UNetGenerator(width=4, depth=3), tmp_path, "bicyclegan")
    assert isinstance(cgan_demo.load(tmp_path, device="cpu"), Translator)


def test_every_network_gets_its_predictor():
    """By what the network is, and not by what the model is called."""
    assert isinstance(make_predictor(edge_network(), model_id="mine"), EdgeDrawer)
    colours = LightUNetGenerator(widths=(8, 8), palette=(*INK_AND_PAPER, (1.0, 0.0, 0.0)))
    assert isinstance(make_predictor(colours, model_id="photo-to-edges"), Translator)
    assert isinstance(make_predictor(UNetGenerator(width=4, depth=3)), Translator)


def test_the_paper_around_a_closed_outline_is_white():
    x = to_tensor(drawing())
    dark = torch.full((2, 3, 256, 256), -1.0)
    clean = whitened(dark, x)
    assert (clean[..., 120, 130] == -1).all() and (clean[..., :50, :] == 1).all() and (clean[..., 120, 240] == 1).all()
    open_box = x.clone()
    open_box[..., 70:90, 80:190] = 1  # its upper side is missing
    assert torch.equal(whitened(dark, open_box), dark)


def test_numbers_of_numpy_count_by_their_value(sketcher):
    told = sketcher.variations(drawing(), np.uint8(2), seed=np.int64(5), fit=np.True_)
    assert [p.tobytes() for p in told] == [p.tobytes() for p in sketcher.variations(drawing(), 2, seed=5, fit=True)]


def test_the_former_keyword_gives_a_list_and_says_what_to_write(sketcher):
    for count in (1, 2):
        with pytest.warns(DeprecationWarning, match=r"write model\.variations\(drawing, n"):
            told = sketcher(drawing(), seed=5, variations=count, fit=True)
        now = sketcher.variations(drawing(), count, seed=5, fit=True)
        assert [p.tobytes() for p in told] == [p.tobytes() for p in now]


def test_what_the_pad_shows_of_a_file_makes_the_same_photos(sketcher, tmp_path):
    page = Sketches(ModelStore(lambda model_id: sketcher))
    pale = Image.new("RGBA", (300, 200), (90, 200, 250, 255))
    pale.putalpha(ImageOps.invert(drawing(300, 200).convert("L")))
    pale.save(tmp_path / "drawing.png")
    for fit in (True, False):
        shown = page.drawing("Shoe", str(tmp_path / "drawing.png"), fit)
        answers = [page.photos("Shoe", given, 3, fit)[0] for given in (shown, str(tmp_path / "drawing.png"))]
        answers.append(sketcher(pale, seed=3, fit=fit))
        assert len({answer.tobytes() for answer in answers}) == 1
    with pytest.raises(InputError, match="Choose a picture"):
        page.drawing("Shoe", None, True)
