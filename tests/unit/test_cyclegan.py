"""Unpaired translation: two piles, the paper's and the light system, figures, and the predictor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from PIL import Image, ImageChops
from tiny import builders
from torch import Tensor, nn

from cgan_demo import catalog, weights
from cgan_demo.cyclegan import evaluation
from cgan_demo.cyclegan.dataset import UnpairedDataset, cached_piles, middle_square
from cgan_demo.cyclegan.light import GuidedGenerator, LightCycleRecipe, PatchContrast
from cgan_demo.cyclegan.paper import CycleGAN, CycleGANRecipe, PicturePool
from cgan_demo.cyclegan.predictor import UnpairedTranslator, opposite
from cgan_demo.cyclegan.task import TASKS
from cgan_demo.cyclegan.two_ways import TwoWays
from cgan_demo.data.fake import fake_photo, write_fake_piles
from cgan_demo.data.layouts import list_piles
from cgan_demo.data.paired import Jitter
from cgan_demo.errors import DataError, InputError
from cgan_demo.evaluation.metrics import PooledFeatures
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.training.system import System


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_fake_piles(folder / "piles")
    return folder


def built(name: str, folder: Path) -> tuple[System, dict[str, Tensor]]:
    """A system that can take steps, and a batch."""
    torch.manual_seed(0)
    system, stream = builders()[name](folder)
    system.accelerator = Accelerator(cpu=True)
    items = [stream[i] for i in range(2)]
    return system, {key: torch.stack([item[key] for item in items]) for key in items[0]}


# ---- two piles


def test_without_a_validation_split_each_tenth_picture_is_held_out(folder: Path) -> None:
    train_a, train_b = list_piles(folder / "piles", "train")
    val_a, val_b = list_piles(folder / "piles", "val")
    assert [f.stem for f in val_a] == [f.stem for f in val_b] == ["00", "10"]
    assert (len(train_a), len(train_b)) == (9, 10) and not set(train_a) & set(val_a)


def test_a_validation_split_is_taken_as_it_is(tmp_path: Path) -> None:
    write_fake_piles(tmp_path, (2, 3))
    for side in "AB":
        (tmp_path / f"test{side}").mkdir()
        fake_photo(9, (48, 48)).save(tmp_path / f"test{side}" / "one.png")
    assert [len(pile) for pile in list_piles(tmp_path, "train")] == [2, 3]
    assert [f.name for pile in list_piles(tmp_path, "val") for f in pile] == ["one.png"] * 2


def test_what_is_no_two_piles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        list_piles(tmp_path / "nowhere", "train")
    (tmp_path / "trainA").mkdir()
    with pytest.raises(DataError, match="trainA and trainB"):
        list_piles(tmp_path, "train")


def test_the_stream_follows_from_seed_and_position_and_mixes_the_piles(folder: Path) -> None:
    a, b = cached_piles(folder / "piles", 40, folder / "cache", "train")
    first, again = (UnpairedDataset(a, b, Jitter(32), seed=3) for _ in range(2))
    assert all(torch.equal(first[i]["a"], again[i]["a"]) for i in (25, 2, 11))
    assert sorted(first.index(0, i) for i in range(9, 18)) == list(range(9))
    met = {(first.index(0, i), first.index(1, i)) for i in range(60)}
    assert len(met) > 30  # nothing is paired
    assert first[0]["b"].shape == (3, 32, 32) and float(first[0]["b"].abs().max()) <= 1


def test_reverse_swaps_the_piles_and_too_large_a_crop_is_refused(folder: Path) -> None:
    a, b = cached_piles(folder / "piles", 40, folder / "cache", "train")
    turned = cached_piles(folder / "piles", 40, folder / "cache", "train", reverse=True)
    assert [len(pile) for pile in turned] == [len(b), len(a)]
    with pytest.raises(DataError, match="lower the crop"):
        UnpairedDataset(a, b, Jitter(64))


def test_a_wide_picture_gives_its_middle() -> None:
    wide = Image.new("RGB", (90, 30), "black")
    wide.paste("white", (30, 0, 60, 30))
    assert middle_square(wide, 20).getextrema() == ((255, 255),) * 3


# ---- the paper's system


def test_the_pool_gives_back_earlier_pictures_and_keeps_its_size() -> None:
    torch.manual_seed(0)
    pool = PicturePool(3)
    seen = [pool.exchanged(torch.full((1, 3, 2, 2), float(i)))[0, 0, 0, 0].item() for i in range(40)]
    assert seen[:3] == [0, 1, 2] and len(pool.pictures) == 3
    older = [i for i, value in enumerate(seen) if value < i]
    assert 10 < len(older) < 30  # every second one, by chance
    none = torch.rand(2, 3, 2, 2)
    assert PicturePool(0).exchanged(none) is none


def test_stopped_and_resumed_equals_never_stopped_pool_and_all(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        RunSettings, "progress", lambda self, images, seconds: images / 12 if images < (self.images or 0) else 1.0
    )
    ends = []
    for name, budgets in (("once", (12,)), ("twice", (6, 12))):
        for images in budgets:
            torch.manual_seed(0)
            system, stream = builders()["cyclegan"](folder)
            train(system, stream, tmp_path / name, RunSettings(images=images, batch=2, cpu=True, progress_bar=False))
        assert isinstance(system, CycleGAN) and len(system.pools["back"].pictures) == 3
        ends.append(torch.cat([p.flatten() for net in system.networks.values() for p in net.parameters()]))
    assert torch.equal(*ends)


def test_a_perfect_pair_of_generators_loses_nothing_by_the_cycle(folder: Path) -> None:
    system, batch = built("cyclegan", folder)
    system.networks["generator"] = TwoWays(nn.Identity(), nn.Identity())
    _, losses = system._one_way("there", "back", batch["a"], batch["b"])  # type: ignore[attr-defined]
    assert float(losses["cycle"]) == float(losses["identity"]) == 0 < float(losses["g"])


def test_rates_are_constant_and_then_fall_to_zero() -> None:
    assert [System().learning_rate(x) for x in (0.0, 0.5, 0.75, 1.0)] == [1.0, 1.0, 0.5, 0.0]
    assert CycleGAN.decay == 0.5 and CycleGAN.floor == 0


def test_wrong_values_are_refused() -> None:
    with pytest.raises(InputError, match="multiple of 4"):
        CycleGANRecipe(crop=130)
    with pytest.raises(InputError, match="lower the crop"):
        CycleGANRecipe(load_size=128)
    with pytest.raises(InputError, match="multiple of 32"):
        LightCycleRecipe(crop=100)


# ---- the light system


def test_by_contrast_alone_nothing_is_translated_back(folder: Path) -> None:
    losses = {name: system.step(batch, 0.3) for name in ("unpaired", "unpaired by contrast")
              for system, batch in [built(name, folder)]}  # fmt: skip
    assert {name for name in losses["unpaired"] if "cycle" in name} == {"cycle_there", "cycle_back"}
    assert not any("cycle" in name for name in losses["unpaired by contrast"])
    assert all(torch.isfinite(x) for found in losses.values() for x in found.values())


def test_a_step_moves_both_generators_and_the_contrast_but_not_what_guides(folder: Path) -> None:
    system, batch = built("unpaired by contrast", folder)
    state = {k: v.clone() for name in ("generator", "contrast") for k, v in system.networks[name].named_parameters()}
    system.step(batch, 0.3)
    after = {k: v for name in ("generator", "contrast") for k, v in system.networks[name].named_parameters()}
    moved = {k for k in state if not torch.equal(state[k], after[k])}
    assert not any("guide" in k for k in moved)
    assert {k.split(".")[0] for k in moved} == {"there", "back", "heads"}


def test_the_first_paint_is_nearly_the_picture() -> None:
    torch.manual_seed(0)
    x, network = torch.rand(1, 3, 32, 48) * 1.8 - 0.9, GuidedGenerator((8, 8, 8), (1, 1, 1)).eval()
    with torch.no_grad():
        painted, mask = network.paint(x)
    assert painted.shape == x.shape and float((painted - x).abs().mean()) < 0.1
    assert mask.shape == (1, 1, 32, 48) and 0.3 < float(mask.mean()) < 1


def test_a_closed_mask_leaves_the_picture_alone() -> None:
    network, x = GuidedGenerator((8, 8, 8), (1, 1, 1)).eval(), torch.rand(1, 3, 32, 32) * 2 - 1
    nn.init.constant_(network.mask.bias, -100.0)  # type: ignore[arg-type]
    assert torch.allclose(network(x), x, atol=1e-6)


def test_contrast_tells_the_same_place_from_others() -> None:
    torch.manual_seed(0)
    contrast, maps = PatchContrast((6, 6), patches=16), [torch.randn(2, 6, 8, 8), torch.randn(2, 6, 4, 4)]
    same, moved = contrast(maps, maps), contrast(maps, [x.roll(2, 3) for x in maps])
    assert same.item() < 0.5 < moved.item()


# ---- figures


class _Blue(nn.Module):
    stride = 16

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x[:, :2], torch.ones_like(x[:, 2:])], 1)


class _Colors(nn.Module):
    def forward(self, x: Tensor) -> list[Tensor]:
        return [x]


def test_figures_stand_beside_doing_nothing() -> None:
    rng = np.random.default_rng(0)
    source = rng.integers(0, 200, (6, 1, 1, 3), np.uint8).repeat(32, 1).repeat(32, 2)
    target = source[::-1].copy()
    target[..., 2] = 255
    found = evaluation.measure(_Blue(), source, target, {"colours": PooledFeatures(_Colors())}, back=_Blue())
    assert list(found) == ["KID (colours)", "FID (colours)", "cycle error"]
    assert found["FID (colours)"]["value"] < 1e-3 < found["FID (colours)"]["reference"]
    assert found["cycle error"]["value"] == found["cycle error"]["reference"] > 0  # nothing leads back


# ---- serving


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UnpairedTranslator:
    """Tiny weights of both directions, and the predictor of the first."""
    torch.manual_seed(0)
    monkeypatch.setenv("CGAN_DEMO_WEIGHTS", str(tmp_path))
    for name in ("red-to-green", "green-to-red"):
        network = GuidedGenerator((8, 8, 8), (1, 1, 1))
        nn.init.normal_(network.head.weight, std=0.5)
        weights.save_network(network, tmp_path / name, "cyclegan")
    return UnpairedTranslator(weights.load_network(tmp_path / "red-to-green"), model_id="red-to-green")


def test_any_size_comes_back_as_it_was_and_strength_says_how_much_changes(pair: UnpairedTranslator) -> None:
    photo = fake_photo(1, (70, 45))
    made = pair(photo)
    assert made.size == photo.size and ImageChops.difference(made, photo).getbbox()
    assert ImageChops.difference(pair(photo, strength=0), photo).getbbox() is None
    half = ImageChops.difference(pair(photo, strength=0.5), Image.blend(photo, made, 0.5))
    assert max(high for _, high in half.getextrema()) <= 1


def test_what_a_network_sees_small_is_enlarged_upon_the_photo(pair: UnpairedTranslator) -> None:
    photo = fake_photo(3, (400, 300))
    assert pair(photo).size == (400, 300)
    assert ImageChops.difference(pair(photo), pair(photo, size=160)).getbbox() is None
    assert ImageChops.difference(pair(photo), pair(photo, size=320)).getbbox()


def test_large_pictures_are_made_in_tiles_by_a_network_without_a_size() -> None:
    told: list[tuple[int, int]] = []
    blue = UnpairedTranslator(_Blue(), model_id="red-to-blue")
    made = blue(Image.new("RGB", (1400, 40)), on_progress=lambda *done: told.append(done))
    assert made.size == (1400, 40) and made.getpixel((1399, 39)) == (0, 0, 255) and told == [(1, 2), (2, 2)]


def test_there_and_back_goes_by_the_other_direction(pair: UnpairedTranslator) -> None:
    photo = fake_photo(2, (48, 48))
    there, back = pair.there_and_back(photo)
    assert pair.other.model_id == "green-to-red"
    assert not ImageChops.difference(there, pair(photo)).getbbox()
    assert not ImageChops.difference(back, pair.other(there)).getbbox()


def test_names_lead_back() -> None:
    assert opposite("horse-to-zebra") == "zebra-to-horse"
    assert opposite("some/where/a-to-b") == str(Path("some/where/b-to-a"))
    with pytest.raises(InputError, match="a-to-b"):
        opposite("stripes")


def test_what_cannot_be_translated_is_refused(pair: UnpairedTranslator) -> None:
    with pytest.raises(InputError, match="32 to 4096"):
        pair(Image.new("RGB", (31, 200)))
    with pytest.raises(InputError, match="size"):
        pair(Image.new("RGB", (64, 64)), size=8)
    with pytest.raises(InputError, match="strength"):
        pair(Image.new("RGB", (64, 64)), strength=1.5)


# ---- the room


def test_a_run_is_exported_in_the_direction_of_its_recipe(folder: Path, tmp_path: Path) -> None:
    system, stream = builders()["cyclegan"](folder)
    recipe: CycleGANRecipe = system.recipe  # type: ignore[attr-defined]
    train(system, stream, tmp_path, RunSettings.of(recipe, images=2, cpu=True, progress_bar=False))
    exported = recipe.averaged(tmp_path)
    theirs = system.plain("generator").there.state_dict()  # type: ignore[union-attr, operator]
    assert all(torch.equal(value, theirs[name]) for name, value in exported.state_dict().items())
    back = recipe.averaged(tmp_path, back=True).state_dict()
    theirs = system.plain("generator").back.state_dict()  # type: ignore[union-attr, operator]
    assert all(torch.equal(value, theirs[name]) for name, value in back.items())


def test_both_directions_have_the_same_recipes_but_for_which_pile_is_translated() -> None:
    there, back = (TASKS[name].recipes for name in ("horse-to-zebra", "zebra-to-horse"))
    assert set(there) == set(back) == {"bundled", "cycle", "contrast", "paper"}
    assert not any(r.reverse for r in there.values()) and all(r.reverse for r in back.values())  # type: ignore[attr-defined]
    assert set(catalog.room("cyclegan").networks) == {"GuidedGenerator", "ResnetGenerator"}
