"""L-BFGS for several latents at once: it finds valleys, never leads up, and keeps its problems apart."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cgan_demo.dcgan.descent import descend


def bowl(z: Tensor) -> Tensor:
    """Least, 0, at 1, 2, ..., and 1,000 times as steep one way as another."""
    steep = torch.logspace(0, 3, z.shape[1])
    return (steep * (z - torch.arange(1.0, z.shape[1] + 1)).square()).sum(1)


def valley(z: Tensor) -> Tensor:
    """Rosenbrock's: least, 0, at 1, 1."""
    return 100 * (z[:, 1] - z[:, 0].square()).square() + (1 - z[:, 0]).square()


@pytest.mark.parametrize(("loss", "place"), [(bowl, [1.0, 2.0, 3.0, 4.0]), (valley, [1.0, 1.0])])
def test_a_long_valley_is_walked_to_its_end(loss, place):
    *_, (z, value) = descend(loss, torch.full((1, len(place)), -1.0), 80)
    torch.testing.assert_close(z[0], torch.tensor(place), atol=0.01, rtol=0)
    assert float(value) < 1e-3


def test_no_step_leads_up_and_each_costs_one_look():
    looks = []

    def looked(z: Tensor) -> Tensor:
        looks.append(len(z))
        return valley(z)

    values = [float(value[0]) for _, value in descend(looked, torch.tensor([[-1.5, 2.0]]), 30)]
    assert len(values) == 30 and looks == [1] * 31
    assert all(later <= before for before, later in zip(values, values[1:], strict=False))


def test_problems_side_by_side_do_not_touch_each_other():
    starts = torch.tensor([[-1.0, -1.0], [3.0, 0.5], [1.0, 1.0]])  # the last is there already
    *_, (together, _) = descend(valley, starts, 25)
    for start, z in zip(starts, together, strict=True):
        *_, (alone, _) = descend(valley, start[None], 25)
        torch.testing.assert_close(alone[0], z, atol=1e-3, rtol=1e-3)
    assert torch.equal(together[2], starts[2])


def test_what_is_nowhere_defined_is_not_walked_to():
    *_, (z, value) = descend(lambda z: (1 - z.square().sum(1)).sqrt().neg() + z.sum(1), torch.full((1, 2), 0.1), 20)
    assert torch.isfinite(z).all() and torch.isfinite(value).all()
