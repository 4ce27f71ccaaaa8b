"""What the explorer's longer answers hold."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class Arithmetic:
    """A - B + C, as in the paper's figure 7.

    a, b, c: the pictures of the three means. samples: those that they are means of, for each.
    answer: of mean(A) - mean(B) + mean(C), whose latent is z, (Z,).
    """

    a: Image.Image
    b: Image.Image
    c: Image.Image
    samples: tuple[list[Image.Image], list[Image.Image], list[Image.Image]]
    answer: Image.Image
    z: Tensor


@dataclass(frozen=True)
class Projection:
    """A picture that was read.

    z: the latent, (Z,). picture: what is painted from it. error: root mean square difference to `target`, 0 to 255.
    target: the picture that was read, as it was cut. first, first_error: those of the reading alone.
    """

    z: Tensor
    picture: Image.Image
    error: float
    target: Image.Image
    first: Image.Image
    first_error: float
