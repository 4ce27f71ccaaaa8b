"""pix2pix's predictor: any size, one result per seed, from any thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from cgan_demo.errors import InputError
from cgan_demo.images import to_pil, to_tensor
from cgan_demo.pix2pix.light import LightUNetGenerator
from cgan_demo.pix2pix.paper import UNetGenerator
from cgan_demo.pix2pix.predictor import Translator
from cgan_demo.pix2pix.resnet import ResnetGenerator


def translator(noise_channels: int = 2) -> Translator:
    torch.manual_seed(0)
    return Translator(LightUNetGenerator(widths=(8, 8, 8), noise_channels=noise_channels), "cpu", "tiny")


def picture(width: int = 40, height: int = 32) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def same(a: Image.Image, b: Image.Image) -> bool:
    return np.array_equal(np.array(a), np.array(b))


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (16, 300), (101, 64)])
def test_any_size_comes_back(size: tuple[int, int]) -> None:
    result = translator()(picture(*size))
    assert result.size == size and result.mode == "RGB"


def test_one_result_per_seed() -> None:
    translate, x = translator(), picture()
    before = torch.get_rng_state()
    assert same(translate(x, seed=3), translate(x, seed=3))
    assert not same(translate(x, seed=3), translate(x, seed=4))
    assert same(translate(x, seed=3, noise=0), translate(x, seed=4, noise=0))
    assert torch.equal(before, torch.get_rng_state())


def test_dropout_is_the_noise_of_the_papers_network() -> None:
    torch.manual_seed(0)
    translate = Translator(UNetGenerator(width=4, depth=5), "cpu", "paper")
    assert same(translate(picture(), seed=1), translate(picture(), seed=1))
    assert not same(translate(picture(), seed=1), translate(picture(), seed=2))
    assert same(translate(picture(), seed=1, noise=0), translate(picture(), seed=2, noise=0))


def test_a_deep_network_takes_a_small_picture() -> None:
    translate = Translator(UNetGenerator(width=2, depth=8), "cpu", "deep")
    assert translate.margin == 0
    assert translate(picture(16, 20)).size == (16, 20)


def test_a_network_with_the_pictures_own_statistics_sees_more_of_it_at_once() -> None:
    progress: list[int] = []
    for network in (UNetGenerator(width=2, depth=5), ResnetGenerator(width=2, blocks=1, norm="picture")):
        for size in ((700, 48), (1100, 48)):
            translate = Translator(network.eval())
            assert translate(picture(*size), on_progress=lambda done, total: progress.append(total)).size == size
    assert progress == [1, 3, 3, 3, 1, 3, 3, 3]


def test_a_resnet_is_shown_the_picture_alone() -> None:
    network = ResnetGenerator(width=2, blocks=1).eval()
    with torch.inference_mode():
        expected = to_pil(network(to_tensor(picture())))
    assert same(Translator(network)(picture()), expected)


def test_threads_share_a_translator() -> None:
    translate, x = translator(), picture()
    expected = [translate(x, seed=seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda seed: translate(x, seed=seed), range(8)))
    assert all(same(a, b) for a, b in zip(results, expected, strict=True))


def test_a_large_picture_goes_through_tiles() -> None:
    translate, progress = translator(), []
    result = translate(picture(700, 48), on_progress=lambda done, total: progress.append((done, total)))
    assert result.size == (700, 48) and progress == [(1, 2), (2, 2)]


def test_bad_arguments() -> None:
    translate = translator()
    for size in ((15, 40), (1, 1), (4097, 20)):
        with pytest.raises(InputError, match="pixels"):
            translate(Image.new("RGB", size))
    for seed in (-1, 2**63, 1.5):
        with pytest.raises(InputError, match="seed"):
            translate(picture(), seed=seed)
    for noise in (-1.0, float("nan")):
        with pytest.raises(InputError, match="noise"):
            translate(picture(), noise=noise)


def test_numbers_of_numpy_count_by_their_value() -> None:
    translate = translator()
    assert same(translate(picture(), np.int64(3), np.float32(0.5)), translate(picture(), 3, 0.5))
