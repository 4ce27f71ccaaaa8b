"""The training step of the sketch models: one drawing, many photos."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from ..augment import augment_pair
from ..features import EfficientNetLite
from ..layers import enlarged_twice, freeze_batch_norms
from ..objectives import feature_distance
from ..pix2pix.recipes import SketchRecipe
from ..projected import ProjectedDiscriminator, ProjectedGame
from ..training.loop import System, adam
from ..training.report import interleave
from .networks import SketchGenerator
from .strokes import flooded, to_ink

JUDGED_SIDE = 128  # px at which larger pictures are judged, encoded and compared in feature space


class SketchToPhoto(System):
    """BicycleGAN (Zhu et al., *Toward Multimodal Image-to-Image Translation*, NIPS 2017) on a light U-Net.

    The discriminator and the frozen features see the picture at `JUDGED_SIDE`: what they judge is there, at a quarter
    of the cost of 256 px.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: fixed pairs {"input", "target"} (N, 3, H, W) for the sample grids.
    """

    decay, floor = 1 / 3, 0.01

    def __init__(self, recipe: SketchRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.game = ProjectedGame(self, features)
        critic = ProjectedDiscriminator(features.channels, condition_channels=1 if recipe.drawing == "lines" else 3)
        self.frozen = (features,)
        self.networks = {"generator": sketch_generator(recipe), "discriminator": critic}
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {name: adam(net, recipe.lr, recipe.betas) for name, net in self.networks.items()}

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        drawing, photo = (batch[k].contiguous(memory_format=torch.channels_last) for k in ("input", "target"))
        if progress > self.recipe.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        small = F.avg_pool2d(photo, max(1, photo.shape[-1] // JUDGED_SIDE))
        fake, others, losses = self._painted(drawing, small)
        fake_small, known = F.avg_pool2d(fake, photo.shape[-1] // small.shape[-1]), len(photo) - len(others)
        # One augmented view of the two serves both game and feature distance: frozen features cost a third of a step.
        close = progress > self.recipe.closeups_after and bool(torch.rand(()) < 0.5)
        *pictures, ink = self._seen(photo, fake, drawing, close)
        views, inks = augment_pair(torch.cat(pictures), torch.cat([ink, ink]), self.recipe.augment, tied=2)
        inks = inks.detach()  # cut from the same tensor as the views
        truth, features = self.game.look(views[: len(photo)], views[len(photo) :])
        losses["d"] = self.game.play(truth, features, inks).loss
        losses["l1"] = F.l1_loss(fake[:known], photo[:known])
        losses["background"] = ((fake_small - small).abs() * white_around(small)).mean()
        losses["latent"] = self._latent_error(fake_small[known:], others) if len(others) else fake.new_zeros(())
        ours, theirs = ([f[:known].float() for f in maps[:3]] for maps in (features, truth))
        losses["feature"] = feature_distance(ours, theirs)
        losses["g"] = self.game.cost(features, inks[len(photo) :])
        self._generator_step(losses)
        return losses

    def _painted(self, drawing: Tensor, photo: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Photos of the drawings, the first half with the codes of their own; the codes of the others; and the KL."""
        known, generator = max(1, len(photo) // 2), self.plain("generator")
        with self.accelerator.autocast():
            mean, log_variance = self.call("generator", "encode", photo[:known])
            mean, log_variance = mean.float(), log_variance.float()
            own = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
            others = generator.draw_codes(len(photo) - known)  # type: ignore[operator]
            fake = self.networks["generator"](drawing, torch.cat([own, others])).float()
        generator.remember(self.accelerator.gather(own))  # type: ignore[operator]  # those of all processes
        return fake, others, {"kl": kl_divergence(mean, log_variance)}

    def _generator_step(self, losses: dict[str, Tensor]) -> None:
        r = self.recipe
        weights = {
            "l1": r.l1_weight,
            "background": r.background_weight,
            "kl": r.kl_weight,
            "latent": r.latent_weight,
            "feature": r.feature_weight,
            "g": r.adversarial_weight,
        }
        self.update("generator", torch.stack([w * losses[k] for k, w in weights.items()]).sum())

    def _seen(self, photo: Tensor, fake: Tensor, drawing: Tensor, close: bool) -> tuple[Tensor, Tensor, Tensor]:
        """What is judged: photo, fake and the condition at `JUDGED_SIDE`, the whole of them or a part from close by."""
        side = photo.shape[-1]
        lines = self.recipe.drawing == "lines"
        condition = to_ink(drawing) if lines else drawing
        if bool(torch.rand(()) < self.recipe.enlarged) if self.recipe.enlarged else False:
            return self._enlarged(photo, fake, condition)
        if close and side > JUDGED_SIDE:
            top, left = (int(torch.randint(0, side - JUDGED_SIDE + 1, ())) for _ in range(2))
            cut = (..., slice(top, top + JUDGED_SIDE), slice(left, left + JUDGED_SIDE))
            return photo[cut], fake[cut], condition[cut]
        factor = max(1, side // JUDGED_SIDE)
        pool = F.max_pool2d if lines else F.avg_pool2d  # thin lines must not fade
        return F.avg_pool2d(photo, factor), F.avg_pool2d(fake, factor), pool(condition, factor)

    @staticmethod
    def _enlarged(*pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A part of half of `JUDGED_SIDE`, twice as large: frozen features see little that is 2 to 4 px wide."""
        side, part = pictures[0].shape[-1], JUDGED_SIDE // 2
        top, left = (int(torch.randint(0, side - part + 1, ())) for _ in range(2))
        a, b, c = (p[..., top : top + part, left : left + part] for p in pictures)
        return enlarged_twice(a, True), enlarged_twice(b, True), enlarged_twice(c)

    def _latent_error(self, fake: Tensor, code: Tensor) -> Tensor:
        """L1 between another photo's code and what the encoder, held fixed, reads off the picture made with it.

        Were the encoder to learn from this too, it and the generator could agree on hiding the code in invisible dots
        (section 3.2 of the paper).
        """
        encoder = self.plain("generator").style_encoder
        fixed = {name: value.detach() for name, value in encoder.named_parameters()}  # type: ignore[union-attr]
        with self.accelerator.autocast():
            mean, _ = functional_call(encoder, fixed, (fake,))  # type: ignore[arg-type]
        return F.l1_loss(mean.float(), code)

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Rows of drawing | two other photos' codes | the photo's own code | photo."""
        device = self.accelerator.device
        drawing, photo = self.examples["input"].to(device), self.examples["target"].to(device)
        rng = torch.Generator().manual_seed(0)
        outputs = [generator(drawing, generator.draw_codes(len(drawing), rng)) for _ in range(2)]  # type: ignore[operator]
        factor = max(1, photo.shape[-1] // JUDGED_SIDE)
        outputs.append(generator(drawing, generator.encode(F.avg_pool2d(photo, factor))[0]))  # type: ignore[operator]
        pictures = [F.avg_pool2d(x.float().cpu(), factor) for x in (drawing, *outputs, photo)]
        return interleave(*pictures), 10


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)), summed over the code and averaged over the batch.

    Kingma and Welling, *Auto-Encoding Variational Bayes*, ICLR 2014, appendix B. Shape: (N, code) each -> ().
    """
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()


def white_around(photo: Tensor, threshold: float = 0.92, cells: int = 32) -> Tensor:
    """Where the white that touches the border reaches: 1 there, 0 on the object, its shadow and holes in it.

    It is found on a grid of `cells` x `cells`, each white throughout. A random code gives an object another colour than
    its photo has, so there the photo cannot be the target; but the paper around it stays white whatever the code.

    Shape: (N, 3, H, W) in [-1, 1], sides multiples of `cells` -> (N, 1, H, W).
    """
    height, width = photo.shape[2:]
    darkest = -F.adaptive_max_pool2d(-photo.amin(1, keepdim=True), cells)
    return F.interpolate(flooded(darkest > threshold), (height, width), mode="nearest")


def sketch_generator(recipe: SketchRecipe) -> SketchGenerator:
    """The generator of a sketch recipe, untrained."""
    return SketchGenerator(
        3, recipe.widths, recipe.code, recipe.fine, drawing=recipe.drawing, smooth=recipe.smooth, paper=recipe.paper
    )
