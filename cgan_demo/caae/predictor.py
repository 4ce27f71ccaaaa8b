"""Ages a face: PIL in, PIL out. The face is read once; a slider then costs one pass of the decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from ..checks import number
from ..data.ages import CENTRES, OLDEST, YOUNGEST
from ..data.alignment import LARGEST, Eyes, align
from ..errors import InputError
from ..face_finder.predictor import Finder, bundled_finder
from ..images import Source, open_image, to_pil, to_tensor
from .change import applied, repeated
from .pasting import put_back

SIDE = 128  # px, of the faces the networks know
DETAIL = 0.5  # of the photo, carried over where nothing is said, by networks that draw the face anew


@dataclass(frozen=True)
class FaceCode:
    """A face that has been read.

    code: what the network keeps of it, (1, ...), or several such.
    age, gender: at which its own reconstruction fits best; in years, and 0 male to 1 female.
    face: itself, (1, 3, S, S) in [-1, 1], S from 128 to 1024. plain: its reconstruction, (1, 3, 128, 128).
    All of them lie on the CPU, whatever the network is on.
    """

    code: Tensor | list[Tensor]
    age: float
    gender: float
    face: Tensor
    plain: Tensor


class Ager:
    """Shows a face at another age. Built once; calls change nothing in it.

    Args:
        network: a `ResidualAger`, `FaceAger` or `PaperAutoencoder`, in `eval()`, on `device`.
        finder: gives the face finder; asked for when a photo comes without its eyes.
    """

    def __init__(
        self,
        network: nn.Module,
        device: torch.device | str = "cpu",
        model_id: str = "",
        finder: Callable[[], Finder] | None = None,
    ):
        self.network = network.to(device).eval()
        self.device = torch.device(device)
        self.model_id = model_id
        self._finder = finder
        self.changes = hasattr(network, "change")  # the photo, instead of drawing the face anew
        self.detail = 1.0 if self.changes else DETAIL

    def __call__(
        self,
        photo: Source,
        age: float = 70,
        gender: float | None = None,
        detail: float | None = None,
        eyes: Eyes | None = None,
        whole: bool = False,
    ) -> Image.Image:
        """The face of `photo` at `age`.

        Args:
            photo: any photo of a face from the front.
            age: in years, 1 to 80.
            gender: 0 male to 1 female; by default that at which the face's own reconstruction fits best.
            detail: 0 to 1, how much of the photo's own fine detail is carried over; 0 is what the network says at 128
                px. By default all of it for a network that changes the photo, half for one that draws the face anew.
            eyes: where they are in the photo as `open_image` gives it, which shrinks one of more than 4096 px; by
                default they are looked for.
            whole: give the whole photo, upright and with the face changed in it, instead of the face alone.

        Returns:
            The face as a square, its sides at the face's own resolution, 128 to 1024 px; or the whole photo.

        Raises:
            InputError: a picture or number outside of that; no face, or several of about the same size.
        """
        picture, eyes = self._face_finder().placed(photo) if eyes is None else (open_image(photo), eyes)
        read = self.encode(align(picture, eyes))
        aged = self.decode(read, age, gender, detail)
        return self.in_photo(picture, eyes, read, aged) if whole else aged

    def find(self, photo: Source) -> list[Eyes]:
        """The eyes of each face in `photo`, the largest first, in px of the photo as `open_image` gives it.

        Raises:
            InputError: the photo cannot be read, or this predictor was built without a finder.
        """
        return self._face_finder()(photo)

    def crop(self, photo: Source, eyes: Eyes | None = None) -> Image.Image:
        """The face of `photo` in the framing that `encode` takes; see `__call__`."""
        return self._face_finder().aligned(photo) if eyes is None else align(open_image(photo), eyes)

    def _face_finder(self) -> Finder:
        if self._finder is None:
            raise InputError("There is no face finder at hand: say where the eyes are.")
        return self._finder()

    @staticmethod
    def in_photo(photo: Source, eyes: Eyes, read: FaceCode, aged: Image.Image) -> Image.Image:
        """The whole photo, in which the face that was `read` at `eyes` is now `aged`; it keeps the photo's size."""
        return put_back(open_image(photo), eyes, to_pil(read.face), aged)

    @torch.inference_mode()
    def encode(self, photo: Source) -> FaceCode:
        """Read a face.

        Args:
            photo: a square with the eyes at 30 % and 69 % of the width and 30 % of the height, as `crop` gives it.
        """
        picture = open_image(photo)
        side = min(max(SIDE, min(picture.size)), LARGEST)
        face = to_tensor(picture.resize((side, side), Image.Resampling.BICUBIC)).to(self.device)
        small = F.interpolate(face, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        code = self.network.encode(small)  # type: ignore[operator]
        ages = torch.tensor(CENTRES, device=self.device).repeat(2)
        genders = torch.tensor([0.0, 1.0], device=self.device).repeat_interleave(len(CENTRES))
        copies = self.network.decode(repeated(code, len(ages)), ages, genders)  # type: ignore[operator]
        best = int((copies - small).abs().mean((1, 2, 3)).argmin())
        face, plain = face.cpu(), copies[best : best + 1].cpu()
        kept = code.cpu() if isinstance(code, Tensor) else [part.cpu() for part in code]
        return FaceCode(kept, float(ages[best]), float(genders[best]), face, plain)

    @torch.inference_mode()
    def decode(
        self,
        read: FaceCode,
        age: float,
        gender: float | None = None,
        detail: float | None = None,
        side: int | None = None,
    ) -> Image.Image:
        """A face that was read, at `age`; see `decode_all`."""
        return self.decode_all(read, [age], gender, detail, side)[0]

    @torch.inference_mode()
    def decode_all(
        self,
        read: FaceCode,
        ages: Sequence[float] = CENTRES,
        gender: float | None = None,
        detail: float | None = None,
        side: int | None = None,
    ) -> list[Image.Image]:
        """A face that was read, at each of `ages`; see `__call__`.

        side: of the pictures in px, at most; by default the face's own.
        """
        gender = read.gender if gender is None else gender
        detail = self.detail if detail is None else detail
        ages, detail = [number("age", age, YOUNGEST, OLDEST) for age in ages], number("detail", detail, 0, 1)
        gender = number("gender", gender, 0, 1)
        years, genders = (torch.tensor(list(xs), device=self.device) for xs in (ages, [gender] * len(ages)))
        made = (self._changed if self.changes else self._drawn)(_shrunk(read, side), years, genders, detail)
        return [to_pil(x) for x in made.cpu().clamp(-1, 1).split(1)]

    def _drawn(self, read: FaceCode, ages: Tensor, genders: Tensor, detail: float) -> Tensor:
        """What a network that draws the face anew makes of it, with the photo's detail added, (N, 3, S, S)."""
        made = self.network.decode(self._code(read, len(ages)), ages, genders).cpu()  # type: ignore[operator]
        if detail:
            # x + G(z, target) - G(z, own): what changes is the network's, what it cannot say is the photo's.
            size = read.face.shape[2:]
            made, plain = (F.interpolate(x, size, mode="bicubic", align_corners=False) for x in (made, read.plain))
            made = made + detail * (read.face - plain)
        return made

    def _changed(self, read: FaceCode, ages: Tensor, genders: Tensor, detail: float) -> Tensor:
        """What a network that changes the photo makes of it at the photo's own size, (N, 3, S, S)."""
        face = read.face.to(self.device)
        if detail < 1:
            small = F.interpolate(face, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
            face = torch.lerp(F.interpolate(small, face.shape[2:], mode="bicubic", align_corners=False), face, detail)
        flow, delta = self.network.change(self._code(read, len(ages)), ages, genders)  # type: ignore[operator]
        return applied(face.expand(len(ages), *face.shape[1:]), flow, delta)

    def _code(self, read: FaceCode, count: int) -> Tensor | list[Tensor]:
        parts = [x.to(self.device) for x in ([read.code] if isinstance(read.code, Tensor) else read.code)]
        return repeated(parts[0] if isinstance(read.code, Tensor) else parts, count)

    @staticmethod
    def mix(a: FaceCode, b: FaceCode, share: float = 0.5) -> FaceCode:
        """A face between two that were read: `a` at share 0, `b` at share 1.

        Raises:
            InputError: a share outside of that.
        """
        share = number("share", share, 0, 1)
        size = max(a.face.shape[2], b.face.shape[2])
        faces = [F.interpolate(x.face, (size, size), mode="bicubic", align_corners=False) for x in (a, b)]
        face, plain = (torch.lerp(x, y, share) for x, y in (faces, (a.plain, b.plain)))
        code = _between(a.code, b.code, share)
        age, gender = (x + share * (y - x) for x, y in ((a.age, b.age), (a.gender, b.gender)))
        return FaceCode(code, age, gender, face.clamp(-1, 1), plain)


def _shrunk(read: FaceCode, side: int | None) -> FaceCode:
    """The same with its own face at most `side` px a side."""
    if side is None or read.face.shape[3] <= side:
        return read
    return replace(read, face=F.interpolate(read.face, (side, side), mode="bilinear", antialias=True))


def _between(a: Tensor | list[Tensor], b: Tensor | list[Tensor], share: float) -> Tensor | list[Tensor]:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return torch.lerp(a, b, share)
    return [torch.lerp(x, y, share) for x, y in zip(a, b, strict=True)]


def make_predictor(network: nn.Module, device: torch.device | str = "cpu", model_id: str = "") -> Ager:
    """An `Ager` with the bundled face finder."""
    return Ager(network, device, model_id, bundled_finder(device))
