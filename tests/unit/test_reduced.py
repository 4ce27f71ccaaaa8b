"""A model measured at another size than it paints at: smaller pictures of the same latents."""

from pathlib import Path

import pytest
import torch

from cgan_demo.dcgan.evaluation import draws, painted
from cgan_demo.dcgan.light import LightGenerator
from cgan_demo.dcgan.model import LatentModel, assembled
from cgan_demo.dcgan.protocol import evaluate
from cgan_demo.errors import DataError
from cgan_demo.evaluation.reduced import at_size


def model() -> LatentModel:
    torch.manual_seed(0)
    return assembled(LightGenerator(128, 6, (8, 8, 8, 8), (4, 4)).eval())


def test_what_is_painted_is_made_smaller() -> None:
    whole, smaller = model(), at_size(model(), 64)
    assert isinstance(smaller, LatentModel) and (smaller.size, smaller.latent, smaller.prior) == (64, 6, "normal")
    z = draws(whole, 3)
    large, small = painted(whole, z), painted(smaller, z)
    assert large.shape == (3, 128, 128, 3) and small.shape == (3, 64, 64, 3)
    halves = large.reshape(3, 64, 2, 64, 2, 3).astype(float).mean((2, 4))
    assert abs(halves - small).mean() < 4  # antialiasing looks a little further than the four pixels
    assert at_size(whole, None) is whole and whole.size == 128


def test_the_direction_sliders_see_the_same_latents() -> None:
    whole, smaller = model(), at_size(model(), 32)
    first, same = (net.generator.early().style.weight for net in (whole, smaller))  # type: ignore[operator]
    assert torch.equal(first, same)


@pytest.mark.parametrize("size", [0, 256])
def test_a_size_that_it_cannot_have_is_refused(size: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="paints 128 px.* leave --size out"):
        evaluate("mine", model(), tmp_path, tmp_path, size=size)
    assert at_size(torch.nn.Identity(), size) is not None  # which has nothing that paints
