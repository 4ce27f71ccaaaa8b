"""Ages a face: PIL in, PIL out. The face is read once; a slider then costs one pass of the decoder."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError
from ..images import Source, open_image, to_pil, to_tensor
from .ages import CENTRES, OLDEST, YOUNGEST
from .finder import FaceFinder, Finder

SIDE = 128  # px, of the faces the networks know
LARGEST = 512  # px, of what is handed back


@dataclass(frozen=True)
class FaceCode:
    """A face that has been read.

    code: what the network keeps of it, (1, ...).
    age, gender: at which its own reconstruction fits best; in years, and 0 male to 1 female.
    face: itself, (1, 3, S, S) in [-1, 1], S from 128 to 512. plain: its reconstruction, (1, 3, 128, 128).
    """

    code: Tensor
    age: float
    gender: float
    face: Tensor
    plain: Tensor


class Ager:
    """Shows a face at another age. Built once; calls change nothing in it.

    Args:
        network: a `FaceAger` or a `PaperAutoencoder`, in `eval()`, on `device`.
    """

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu", model_id: str = ""):
        self.network = network.to(device).eval()
        self.device = torch.device(device)
        self.model_id = model_id

    def __call__(self, photo: Source, age: float = 70, gender: float | None = None, detail: float = 0.5) -> Image.Image:
        """The face of `photo` at `age`.

        Args:
            photo: a square, aligned face: eyes at 30 % and 69 % of the width and 30 % of the height.
            age: in years, 1 to 80.
            gender: 0 male to 1 female; by default that at which the face's own reconstruction fits best.
            detail: 0 to 1, how much of the photo's own fine detail is carried over; 0 is what the network says.

        Raises:
            InputError: a picture or number outside of that.
        """
        return self.decode(self.encode(photo), age, gender, detail)

    @torch.inference_mode()
    def encode(self, photo: Source) -> FaceCode:
        """Read a face; see `__call__`."""
        picture = open_image(photo)
        side = min(max(SIDE, min(picture.size)), LARGEST)
        face = to_tensor(picture.resize((side, side), Image.Resampling.BICUBIC)).to(self.device)
        small = F.interpolate(face, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        code = self.network.encode(small)  # type: ignore[operator]
        ages = torch.tensor(CENTRES, device=self.device).repeat(2)
        genders = torch.tensor([0.0, 1.0], device=self.device).repeat_interleave(len(CENTRES))
        copies = self.network.decode(code.expand(len(ages), *code.shape[1:]), ages, genders)  # type: ignore[operator]
        best = int((copies - small).abs().mean((1, 2, 3)).argmin())
        return FaceCode(code, float(ages[best]), float(genders[best]), face, copies[best : best + 1])

    @torch.inference_mode()
    def decode(self, read: FaceCode, age: float, gender: float | None = None, detail: float = 0.5) -> Image.Image:
        """A face that was read, at `age`; see `__call__`."""
        gender = read.gender if gender is None else gender
        for name, value, low, high in (
            ("age", age, YOUNGEST, OLDEST),
            ("gender", gender, 0, 1),
            ("detail", detail, 0, 1),
        ):
            if not isinstance(value, (int, float)) or not low <= value <= high:
                raise InputError(f"The {name} is {value!r}: give a number from {low} to {high}.")
        labels = (torch.tensor([float(x)], device=self.device) for x in (age, gender))
        made = self.network.decode(read.code, *labels)  # type: ignore[operator]
        if not detail:
            return to_pil(made.cpu())
        # x + G(z, target) - G(z, own): what changes is the network's, what it cannot say is the photo's.
        size = read.face.shape[2:]
        made, plain = (F.interpolate(x, size, mode="bicubic", align_corners=False) for x in (made, read.plain))
        return to_pil((made + detail * (read.face - plain)).clamp(-1, 1).cpu())


def make_predictor(network: nn.Module, device: torch.device | str = "cpu", model_id: str = "") -> Ager | Finder:
    """The predictor that suits a network: `Finder` for a face finder, else `Ager`."""
    return (Finder if isinstance(network, FaceFinder) else Ager)(network, device, model_id)  # type: ignore[arg-type]
