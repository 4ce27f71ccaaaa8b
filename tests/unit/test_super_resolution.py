"""Super-resolution: data, networks, moving of patches, trainings."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.data.fake import fake_photo, write_fake_scenes
from cgan_demo.errors import DataError
from cgan_demo.features import LITE0, EfficientNetLite
from cgan_demo.super_resolution.dataset import Patches, ReferencePatches, load_scenes
from cgan_demo.super_resolution.describer import DescriberRecipe
from cgan_demo.super_resolution.light import LightSRResNet, PlainRecipe, Sizes
from cgan_demo.super_resolution.matching import laid
from cgan_demo.super_resolution.reference import (
    NOISE,
    ReferenceSR,
    cut,
    described,
    look_up,
    no_reference,
    noise_like,
    put,
)
from cgan_demo.super_resolution.resampling import bicubic, shrunk
from cgan_demo.super_resolution.scaling import enlarge, luminance, shrink
from cgan_demo.super_resolution.srgan import SRDiscriminator, SRResNet
from cgan_demo.super_resolution.task import RECIPES, TASKS
from cgan_demo.super_resolution.transfer import SHARP, TransferRecipe, TransferTraining, grid, texture_distance
from cgan_demo.training import checkpoint, record
from cgan_demo.training.loop import RunSettings, train
from cgan_demo.weights import save_network

TINY = Sizes(width=8, blocks=1, description=8, fine=8, coarse=8, transfer_blocks=(2, 1))


@pytest.fixture
def scenes(tmp_path: Path):
    return load_scenes(write_fake_scenes(tmp_path / "data"), tmp_path / "cache")


def tiny() -> ReferenceSR:
    torch.manual_seed(0)
    return ReferenceSR(**vars(TINY)).eval()


def test_shrinking_is_the_same_for_pictures_and_tensors() -> None:
    photo = fake_photo(1, (64, 48))
    x = torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None].float()
    small = shrunk(x)[0].permute(1, 2, 0).clamp(0, 255).numpy()
    assert np.abs(small - np.asarray(shrink(photo), np.float32)).max() <= 1
    assert shrink(Image.new("RGB", (67, 50))).size == (16, 12) and enlarge(shrink(photo)).size == (64, 48)


def test_luminance_is_of_video_levels() -> None:
    grey = luminance(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8))
    assert np.allclose(grey, [[16, 235]], atol=0.01)


@pytest.mark.parametrize("network", [LightSRResNet(8, 1), SRResNet(8, 1)])
def test_plain_networks_enlarge_four_times(network: torch.nn.Module) -> None:
    assert network(torch.zeros(2, 3, 7, 5)).shape == (2, 3, 28, 20)


def test_the_light_network_begins_as_bicubic_enlargement() -> None:
    low = torch.rand(1, 3, 6, 6)
    assert torch.allclose(LightSRResNet(8, 2)(low), bicubic(low))


def test_the_bundled_plain_model_is_small() -> None:
    assert sum(p.numel() for p in ReferenceSR().plain.parameters()) < 1.5e6


def test_the_papers_discriminator_gives_one_number_a_picture() -> None:
    assert SRDiscriminator(32, 4)(torch.zeros(2, 3, 32, 32)).shape == (2, 1)


def test_scenes_for_validation_are_not_trained_on(scenes) -> None:
    assert len(scenes.training) == 3 and len(scenes.validation) == 2
    held = {scenes.names[name] for p in scenes.validation for name in (p.input, p.ref)}
    assert held and not held & set(scenes.single)


def test_a_folder_without_pairs_is_photos_alone(tmp_path: Path) -> None:
    for i in range(13):
        fake_photo(i).save(tmp_path / f"{i:02d}.png")
    found = load_scenes(tmp_path, tmp_path / "cache")
    assert len(found.single) == 11 and not found.training and not found.validation
    stream = ReferencePatches(found, side=32)
    assert {int(stream[i]["kind"]) for i in range(20)} == {1, 2}


def test_missing_photos_are_named(tmp_path: Path) -> None:
    folder = write_fake_scenes(tmp_path / "data")
    (folder / "photos" / "001_1.png").unlink()
    with pytest.raises(DataError, match="001_1"):
        load_scenes(folder, tmp_path / "cache")
    shutil.copy(folder / "photos" / "001_0.png", folder / "photos" / "001_1.png")
    shutil.copy(folder / "photos" / "001_0.png", folder / "photos" / "001_0.bmp")
    with pytest.raises(DataError, match="names 001_0, and 2 photos are called so"):
        load_scenes(folder, tmp_path / "cache")
    with pytest.raises(DataError, match="no photos"):
        load_scenes(tmp_path / "nowhere", tmp_path / "cache")


def test_patches_follow_from_seed_and_position(scenes) -> None:
    a, b, other = (Patches(scenes.photos, scenes.single, 32, seed) for seed in (3, 3, 4))
    assert torch.equal(a[5]["high"], b[5]["high"]) and not torch.equal(a[5]["high"], other[5]["high"])
    assert a[5]["low"].shape == (3, 8, 8) and a[5]["high"].abs().max() <= 1


def test_references_of_pairs_show_the_same_place(scenes) -> None:
    """The fake scenes are 5 px apart, so somewhere in the reference lies the input."""
    stream = ReferencePatches(scenes, side=48, seed=1, shares=(1, 0, 0))
    near, far = [], []
    for i in range(12):
        item, other = stream[i], stream[i + 1]
        for reference, into in ((item["reference"], near), (other["reference"], far)):
            windows = reference.unfold(1, 12, 1).unfold(2, 12, 1)  # (3, y, x, 12, 12)
            middle = item["high"][:, 18:30, 18:30]
            into.append(float((windows - middle[:, None, None]).abs().mean((0, 3, 4)).min()))
    assert np.median(near) < 0.5 * np.median(far)


def test_every_kind_of_reference_comes(scenes) -> None:
    stream = ReferencePatches(scenes, side=32)
    assert {int(stream[i]["kind"]) for i in range(30)} == {0, 1, 2}


def test_patches_put_back_where_they_were_are_the_picture() -> None:
    picture = torch.rand(1, 3, 24, 32)
    padded = torch.nn.functional.pad(picture, (4, 4, 4, 4))
    patches = padded.unfold(2, 12, 4).unfold(3, 12, 4)[0].permute(1, 2, 0, 3, 4).flatten(0, 1)
    assert torch.allclose(laid(patches[None], 6, 8, 4), picture, atol=1e-5)
    moved = put(patches[None], torch.ones(1, 48), 6, 8)
    assert torch.equal(moved.cells, picture) and moved.score.shape == (1, 1, 6, 8)


def test_looking_up_a_picture_in_itself_gives_itself() -> None:
    photo = torch.from_numpy(np.array(fake_photo(2, (64, 64)))).permute(2, 0, 1)[None].float() / 127.5 - 1
    moved = look_up(tiny().describer, shrunk(photo), photo)
    inner = slice(8, -8)
    assert (moved.score[..., 2:-2, 2:-2] > 0.999).all()
    assert float((moved.cells - photo)[..., inner, inner].abs().mean()) < 0.02


def test_a_reference_is_seen_through_grids_half_a_pixel_apart() -> None:
    reference, describer = torch.rand(2, 3, 16, 24), tiny().describer
    looks = described(describer, reference)
    assert looks.shape == (2, 8, 8, 12)
    assert torch.allclose(looks[:, :, ::2, ::2], describer(shrunk(reference)), atol=1e-6)
    moved_on = torch.nn.functional.pad(reference, (0, 2, 0, 0), mode="replicate")[..., 2:]
    assert torch.allclose(looks[:, :, ::2, 1::2], describer(shrunk(moved_on)), atol=1e-6)


def test_places_of_a_reference_are_two_pixels_apart() -> None:
    picture = torch.arange(16 * 24.0).view(1, 1, 16, 24)
    patches = cut(picture, torch.tensor([0, 1, 12, 12 * 2 + 3]))
    assert patches.shape == (4, 1, 12, 12)
    assert patches[:, 0, 4, 4].tolist() == [0, 2, 2 * 24, 4 * 24 + 6]


def test_texture_counts_where_the_reference_suits() -> None:
    a, b = [torch.rand(2, 4, 8, 8)], [torch.rand(2, 4, 8, 8)]
    assert float(texture_distance(a, b, torch.full((2, 1, 4, 4), -0.5))) == 0
    assert float(texture_distance(a, a, torch.ones(2, 1, 4, 4))) == 0
    x, y = (torch.einsum("nchw,ndhw->ncd", f, f) / (4 * 64) for f in (a[0], b[0]))
    expected = (x - y).square().sum() / (x.square().sum() + y.square().sum() + 1e-6)
    assert torch.allclose(texture_distance(a, b, torch.ones(2, 1, 4, 4)), expected)


def _recipes() -> dict:
    names = ("plain", "matching", "faithful", "sharp")
    return {n: replace(RECIPES[n], sizes=TINY, side=32, batch=2) for n in names}


@pytest.mark.parametrize("name", ["plain", "matching", "faithful", "sharp"])
def test_every_step_trains_its_part_and_no_other(name: str, tmp_path: Path) -> None:
    recipe, data = _recipes()[name], write_fake_scenes(tmp_path / "data")
    torch.manual_seed(0)
    given = {"features": EfficientNetLite(LITE0[:3])} if name == "sharp" else {}
    system, stream = recipe.prepare(data, 0, tmp_path / "cache", **given)
    before = {k: v.clone() for k, v in system.networks["generator"].state_dict().items()}
    result = train(system, stream, tmp_path / "run", RunSettings.of(recipe, images=8, cpu=True, progress_bar=False))
    assert result.finished
    after = system.networks["generator"].state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    part = {"plain": "", "matching": "describer"}.get(name, name)
    assert changed and all(k.startswith(part) for k in changed)
    network = recipe.averaged(tmp_path / "run")
    assert isinstance(network, LightSRResNet if name == "plain" else ReferenceSR)
    assert checkpoint.load(tmp_path / "run")["images"] == 8


def test_a_transfer_network_starts_from_the_parts_before_it(tmp_path: Path) -> None:
    recipe, data = _recipes()["faithful"], write_fake_scenes(tmp_path / "data")
    plain = LightSRResNet(TINY.width, TINY.blocks)
    torch.nn.init.normal_(plain.grow.weight)
    save_network(plain, tmp_path / "plain", "super_resolution", half=False)
    system, _ = recipe.prepare(data, 0, tmp_path / "cache")
    recipe.warm_start(system, tmp_path / "plain")
    assert torch.equal(system.networks["generator"].plain.grow.weight, plain.grow.weight)
    save_network(LightSRResNet(4, 1), tmp_path / "other", "super_resolution")
    with pytest.raises(DataError, match="another network"):
        recipe.warm_start(system, tmp_path / "other")


def test_the_faithful_step_goes_down_to_the_truth(tmp_path: Path) -> None:
    """With the picture itself as reference, a few steps of L1 leave plain enlargement behind."""
    torch.manual_seed(0)
    photo = torch.from_numpy(np.array(fake_photo(3, (64, 64)))).permute(2, 0, 1)[None].float() / 127.5 - 1
    batch = {"high": photo, "low": shrunk(photo), "reference": photo, "kind": torch.zeros(1)}
    recipe = replace(_recipes()["faithful"], lr=3e-3)
    assert isinstance(recipe, TransferRecipe)
    system = TransferTraining(recipe, None, batch)
    from accelerate import Accelerator

    system.accelerator = Accelerator(cpu=True)
    gains = [float(system.step(batch, 0.0)["gain"]) for _ in range(40)]
    assert gains[0] == pytest.approx(0, abs=1e-4) and gains[-1] > 1


def test_without_a_reference_nothing_is_scored() -> None:
    plain = torch.rand(1, 3, 8, 8)
    quiet, moved = no_reference(plain, torch.zeros(1, 6, 8, 8)), no_reference(plain, noise_like(plain))
    assert torch.equal(quiet.patches, plain) and torch.equal(quiet.cells, plain) and quiet.score.abs().max() == 0
    assert (moved.patches - plain).std() == pytest.approx(NOISE, rel=0.2)
    assert not torch.equal(moved.patches, moved.cells) and moved.score.abs().max() == 0
    assert torch.equal(noise_like(plain), noise_like(plain))


def test_what_repeats_from_cell_to_cell_is_told_from_what_does_not() -> None:
    torch.manual_seed(0)
    cell = torch.randn(1, 3, 4, 4)
    repeating, flat = cell.repeat(1, 1, 10, 10), torch.ones(1, 3, 40, 40)
    own = cell - cell.mean((2, 3), keepdim=True)
    assert grid(repeating) == pytest.approx(float(own.square().mean()), rel=1e-4)
    assert grid(flat) == pytest.approx(0, abs=1e-8)
    assert grid(torch.randn(1, 3, 40, 40)) < 0.05


def test_a_plain_model_starts_from_another_alone_or_among_others(tmp_path: Path) -> None:
    recipe, whole = _recipes()["plain"], tiny()
    torch.nn.init.normal_(whole.plain.grow.weight)
    for name, network in (("plain", whole.plain), ("whole", whole)):
        save_network(network, tmp_path / name, "super_resolution", half=False)
        system, _ = recipe.prepare(write_fake_scenes(tmp_path / "data"), 0, tmp_path / "cache")
        recipe.warm_start(system, tmp_path / name)
        assert torch.equal(system.networks["generator"].grow.weight, whole.plain.grow.weight)


def test_recipes_are_of_their_kinds() -> None:
    assert isinstance(RECIPES["plain"], PlainRecipe) and isinstance(RECIPES["matching"], DescriberRecipe)
    assert SHARP.part == "sharp" and SHARP.adversarial_weight > 0
    task = TASKS["super-resolution"]
    assert [stage.name for stage in task.stages] == ["plain", "matching", "faithful", "sharp"]
    with pytest.raises(DataError, match="plain, matching"):
        task.recipe("super-resolution", "bundled")


def test_a_run_from_before_says_which_part_it_trained_by_another_name(tmp_path: Path) -> None:
    settings = json.loads(json.dumps(asdict(SHARP)))
    settings["network"] = settings.pop("part")
    old = {"model": "super-resolution", "system": "srntt", "recipe": "sharp", "settings": settings, "options": {}}
    (tmp_path / record.FILE).write_text(json.dumps(old))
    assert record.planned(tmp_path, "super-resolution").recipe_of(RECIPES["sharp"]) == SHARP
