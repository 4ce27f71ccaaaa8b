"""The predictor of super-resolution: settings, references, the forms that pictures come in, tiles, measuring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.data.fake import fake_photo, write_fake_scenes
from cgan_demo.errors import DataError, InputError
from cgan_demo.super_resolution import predictor as module
from cgan_demo.super_resolution.dataset import load_scenes
from cgan_demo.super_resolution.kept import filled, keep
from cgan_demo.super_resolution.predictor import LARGEST, SuperResolver
from cgan_demo.super_resolution.protocol import KINDS, cufed, evaluate, pairs
from cgan_demo.super_resolution.reference import ReferenceSR
from cgan_demo.super_resolution.srgan import SRResNet

REFERENCE = fake_photo(8, (64, 48))
PHOTO = fake_photo(7, (24, 16))


@pytest.fixture
def resolver() -> SuperResolver:
    torch.manual_seed(0)
    network = ReferenceSR(width=8, blocks=1, description=4, fine=8, coarse=8, transfer_blocks=(2, 1))
    for last in (network.plain.grow, network.faithful.out, network.sharp.out):
        torch.nn.init.normal_(last.weight, std=0.05)
    return SuperResolver(network, "cpu", "super-resolution")


def difference(a: Image.Image, b: Image.Image) -> float:
    return float(np.abs(np.asarray(a, np.float32) - np.asarray(b, np.float32)).mean())


def test_it_enlarges_four_times_and_every_setting_differs(resolver: SuperResolver) -> None:
    prepared = resolver.prepare(PHOTO, [REFERENCE])
    made = [resolver.render(prepared, w, s) for w in (0, 1) for s in (0, 1)]
    assert {picture.size for picture in made} == {(96, 64)} and {picture.mode for picture in made} == {"RGB"}
    assert all(difference(a, b) > 0.5 for i, a in enumerate(made) for b in made[:i])
    assert difference(resolver(PHOTO, [REFERENCE], 0.5, 0.5), resolver.render(prepared, 0.5, 0.5)) == 0


def test_a_reference_of_no_weight_is_no_reference(resolver: SuperResolver) -> None:
    for sharpness in (0, 0.7):
        with_it, without = (resolver(PHOTO, r, 0, sharpness) for r in ([REFERENCE], []))
        assert difference(with_it, without) == 0


def test_settings_between_lie_between(resolver: SuperResolver) -> None:
    prepared = resolver.prepare(PHOTO, [REFERENCE])
    low, middle, high = (resolver.values(prepared, 0.5, s) for s in (0, 0.5, 1))
    inside = (low.abs() < 1) & (high.abs() < 1)
    assert torch.allclose(middle[inside], ((low + high) / 2)[inside], atol=1e-4)


def test_each_place_takes_the_best_of_all_references(resolver: SuperResolver) -> None:
    other = fake_photo(9, (40, 40))
    both, one, two = (resolver.prepare(PHOTO, r).origin for r in ([REFERENCE, other], [REFERENCE], [other]))
    assert both is not None and one is not None and two is not None
    assert torch.equal(both.score, torch.maximum(one.score, two.score))
    assert torch.equal(both.reference == 1, two.score > one.score)


def test_references_are_looked_at_larger_and_smaller(resolver: SuperResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    several = resolver.prepare(PHOTO, [REFERENCE]).origin
    monkeypatch.setattr(module, "MOST_SCORES", 1)
    one = resolver.prepare(PHOTO, [REFERENCE]).origin
    assert several is not None and one is not None
    assert (several.score >= one.score).all() and (several.score > one.score).any()
    for origin in (several, one):
        assert int(origin.row.max()) < REFERENCE.height and int(origin.column.max()) < REFERENCE.width


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "I;16"])
def test_pictures_go_back_as_they_came(resolver: SuperResolver, mode: str) -> None:
    if mode == "I;16":
        source = Image.fromarray(np.asarray(PHOTO.convert("L")).astype(np.uint16) * 257)
    else:
        source = PHOTO.convert(mode)
        if mode in ("LA", "RGBA"):
            source.putalpha(Image.linear_gradient("L").resize(source.size))
    made = resolver(source, sharpness=0)
    assert made.size == (96, 64) and made.mode == {"P": "RGB", "1": "L"}.get(mode, mode)
    if mode in ("LA", "RGBA"):
        alpha = np.asarray(made.getchannel("A"), np.float32)
        assert alpha[0].mean() < 20 and alpha[-1].mean() > 235


def test_sixteen_bits_keep_what_eight_would_lose() -> None:
    steps = Image.fromarray(np.arange(1000, 1256, dtype=np.uint16).reshape(16, 16) + 30000)
    kept = keep(steps)
    assert kept.deep and np.array_equal(np.asarray(kept.restored(kept.values)), np.asarray(steps))


def test_what_cannot_be_done_is_said(resolver: SuperResolver) -> None:
    for photo, references, weight, sharpness, words in (
        (Image.new("RGB", (LARGEST + 1, 20)), [], 1, 0.5, "641 x 20"),
        (Image.new("RGB", (4, 40)), [], 1, 0.5, "4 x 40"),
        (PHOTO, [REFERENCE] * 6, 1, 0.5, "6 references"),
        (PHOTO, [Image.new("RGB", (5, 50))], 1, 0.5, "reference is 5 x 50"),
        (PHOTO, [b"no picture"], 1, 0.5, "not a picture"),
        (PHOTO, [], 2, 0.5, "reference weight is 2"),
        (PHOTO, [], 1, float("nan"), "sharpness is nan"),
        (None, [], 1, 0.5, "no picture yet"),
    ):
        with pytest.raises(InputError, match=words):
            resolver(photo, references, weight, sharpness)  # type: ignore[arg-type]


def test_a_plain_network_takes_no_references() -> None:
    plain = SuperResolver(SRResNet(8, 1).eval(), "cpu", "mine")
    assert plain(PHOTO).size == (96, 64)
    with pytest.raises(InputError, match="takes no references"):
        plain(PHOTO, [REFERENCE])


def test_tiles_make_the_picture_that_the_whole_makes(resolver: SuperResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, told = fake_photo(7, (80, 60)), []
    whole = resolver(photo, [REFERENCE], 0.8, 0.6)
    monkeypatch.setattr(module, "TILE", 40)
    monkeypatch.setattr(module, "OVERLAP", 32)
    tiled = resolver(photo, [REFERENCE], 0.8, 0.6, on_progress=lambda done, total: told.append((done, total)))
    assert np.abs(np.asarray(whole, np.int16) - np.asarray(tiled)).max() <= 1
    assert told == sorted(told) and told[-1][0] == told[-1][1] and len(told) > 8


@pytest.mark.parametrize("settings", [(0, 0), (1, 0), (0.5, 0.5)])
def test_adding_detail_shows_progress(resolver: SuperResolver, settings: tuple[float, float]) -> None:
    told: list[tuple[int, int]] = []
    resolver.render(resolver.prepare(PHOTO, [REFERENCE]), *settings, on_progress=lambda *step: told.append(step))
    assert told == sorted(told) and told[-1][0] == told[-1][1]


def test_pairs_have_references_of_four_kinds(tmp_path: Path) -> None:
    asked = list(pairs(load_scenes(write_fake_scenes(tmp_path / "data"), tmp_path / "cache")))
    assert [tuple(a.references) for a in asked] == [KINDS, KINDS]


def test_cufed_is_read_by_its_names(tmp_path: Path) -> None:
    for i, n in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]:
        fake_photo(i + n, (64, 64)).save(tmp_path / f"{i:03d}_{n}.png")
    asked = cufed(tmp_path)
    assert [list(a.references) for a in asked] == [["reference 1", "reference 2", "all references"]] * 2
    assert len(asked[0].references["all references"]) == 2


class Averages(torch.nn.Module):
    """Frozen features of a kind: the picture at two sizes."""

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [torch.nn.functional.avg_pool2d(x, k) for k in (2, 4)]


def test_a_model_is_measured(resolver: SuperResolver, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    data = write_fake_scenes(tmp_path / "data")
    (data / "set5").mkdir()
    fake_photo(3, (66, 65)).save(data / "set5" / "a.png")
    nets, plot = {"averages": Averages()}, tmp_path / "gains.png"
    report = evaluate("mine", resolver.network, data, tmp_path / "cache", nets=nets, plot=plot)
    figures = report["figures"]
    assert set(report["gains"]) == set(KINDS) and plot.stat().st_size > 1000
    for name in ("Set5: PSNR faithful", "photos: averages distance sharp", "reference: SSIM same scene"):
        assert name in figures and name in capsys.readouterr().out or name in figures
    bicubic = figures["Set5: PSNR bicubic"]
    assert bicubic["value"] == bicubic["reference"] and 10 < bicubic["value"] < 60
    with pytest.raises(DataError, match="neither set5"):
        evaluate("mine", resolver.network, tmp_path, tmp_path / "cache", nets=nets)


def test_one_reference_is_a_list_of_one_and_numbers_count_by_their_value(
    resolver: SuperResolver, tmp_path: Path
) -> None:
    file = tmp_path / "other.png"
    REFERENCE.save(file)
    several = resolver(PHOTO, [REFERENCE], 1, 0.5)
    for one in (REFERENCE, file, str(file), file.read_bytes(), np.asarray(REFERENCE), (REFERENCE,), iter([file])):
        assert difference(resolver(PHOTO, one, np.int64(1), np.float32(0.5)), several) == 0
    assert difference(resolver(PHOTO, None), resolver(PHOTO)) == 0


@pytest.mark.parametrize("hidden", [(0, 0, 0, 0), (0, 255, 0, 0), (255, 255, 255, 0), (0, 0, 255, 3)])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_lies_hidden_under_transparency_does_not_show_at_the_edge(
    resolver: SuperResolver, hidden: tuple[int, int, int, int], mode: str
) -> None:
    red = (230, 60, 50, 255)
    cutout = Image.new("RGBA", (24, 24), hidden)
    cutout.paste(red, (6, 6, 18, 16))
    made = np.asarray(resolver(cutout.convert(mode), sharpness=0.5).convert("RGBA"), int)
    expected = Image.new("RGBA", (1, 1), red).convert(mode).convert("RGBA").getpixel((0, 0))
    assert np.abs(made[..., :3] - expected[:3]).max() <= 1  # type: ignore[index]
    assert made[40, 40, 3] == 255 and made[4, 4, 3] == hidden[3]


def test_hidden_places_take_the_nearest_colour() -> None:
    rng = np.random.default_rng(0)
    colors, known = rng.integers(0, 256, (21, 34, 3)), rng.random((21, 34)) < 0.03
    made, places = filled(colors, known), np.argwhere(known)
    for y, x in np.ndindex(known.shape):
        off = ((places - (y, x)) ** 2).sum(1)
        nearest = [tuple(colors[tuple(place)]) for place in places[off <= off.min() * 1.2]]  # jumps miss by a little
        assert tuple(made[y, x]) in nearest
    assert (filled(colors, known & False) == colors).all()
    assert filled(colors, known | True) is colors


@pytest.mark.parametrize("color", ["white", "black", (200, 30, 7)])
def test_plain_places_stay_as_they_are(resolver: SuperResolver, color: Any) -> None:
    plain = Image.new("RGB", (24, 16), color)
    for references, sharpness in (([], 0), ([], 1), ([REFERENCE], 1)):
        assert resolver(plain, references, 1, sharpness).getcolors() == [(96 * 64, plain.getpixel((0, 0)))]
    plain.paste("gray", (0, 0, 4, 16))
    made = np.asarray(resolver(plain, sharpness=1))
    assert (made[:, 4 * 6 :] == plain.getpixel((20, 0))).all() and (made[:, :20] != plain.getpixel((20, 0))).any()
    deep = resolver(Image.fromarray(np.full((16, 24), 65535, np.uint16)))
    assert deep.getextrema() == (65535, 65535)
