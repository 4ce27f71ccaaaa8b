"""The training step of the sketch models: one drawing, many photos."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from ..augment import augment_pair
from ..features import EfficientNetLite
from ..layers import freeze_batch_norms
from ..objectives import Hinge, feature_distance
from ..projected import ProjectedDiscriminator
from ..training.loop import System
from ..training.report import interleave
from .networks import SketchGenerator
from .recipes import SketchRecipe
from .strokes import to_ink


class SketchToPhoto(System):
    """BicycleGAN (Zhu et al., *Toward Multimodal Image-to-Image Translation*, NIPS 2017) on a light U-Net.

    The discriminator and the frozen features see the picture at half its size: what they judge is there, at a quarter
    of the cost.

    Args:
        features: a frozen network giving a list of feature maps for (N, 3, H, W) in [-1, 1].
        examples: fixed pairs {"input", "target"} (N, 3, H, W) for the sample grids.
    """

    def __init__(self, recipe: SketchRecipe, features: EfficientNetLite, examples: dict[str, Tensor]):
        self.recipe, self.features, self.examples = recipe, features, examples
        self.game = Hinge()
        critic = ProjectedDiscriminator(features.channels, condition_channels=1)
        self.frozen = (features,)
        self.networks = {"generator": sketch_generator(recipe), "discriminator": critic}
        for net in (*self.networks.values(), features):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {
            name: torch.optim.Adam([p for p in net.parameters() if p.requires_grad], recipe.lr, recipe.betas)
            for name, net in self.networks.items()
        }

    def learning_rate(self, progress: float) -> float:
        """Constant, then linear to 0 over the last third."""
        return min(1.0, 3 * (1 - progress) + 0.01)

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, Tensor]:
        drawing, photo = (batch[k].contiguous(memory_format=torch.channels_last) for k in ("input", "target"))
        if progress > self.recipe.freeze_norms_after:
            freeze_batch_norms(self.networks["generator"])
        small = F.avg_pool2d(photo, 2)
        known = max(1, len(photo) // 2)  # this many are given their own photo's code
        with self.accelerator.autocast():
            mean, log_variance = self.plain("generator").encode(small[:known])  # type: ignore[operator]
            mean, log_variance = mean.float(), log_variance.float()
            random = torch.randn(len(photo) - known, mean.shape[1], device=photo.device)
            code = torch.cat([mean + torch.randn_like(mean) * (0.5 * log_variance).exp(), random])
            fake = self.networks["generator"](drawing, code).float()
        fake_small = F.avg_pool2d(fake, 2)
        ink = F.max_pool2d(to_ink(drawing), 2)
        losses = {"d": self._discriminator_step(ink, small, fake_small.detach())}
        losses["l1"] = F.l1_loss(fake[:known], photo[:known])
        losses["kl"] = kl_divergence(mean, log_variance)
        losses["latent"] = self._latent_error(fake_small[known:], random) if len(random) else fake.new_zeros(())
        with self.accelerator.autocast():
            features = self.features(fake_small)
            with torch.no_grad():
                truth = self.features(small[:known])
        ours = [f[:known].float() for f in features[:3]]
        losses["feature"] = feature_distance(ours, [t.float() for t in truth[:3]])
        losses["g"] = self._judged(ink, fake_small, features)
        r = self.recipe
        weights = {
            "l1": r.l1_weight,
            "kl": r.kl_weight,
            "latent": r.latent_weight,
            "feature": r.feature_weight,
            "g": r.adversarial_weight,
        }
        self.optimizers["generator"].zero_grad(set_to_none=True)
        self.accelerator.backward(torch.stack([w * losses[k] for k, w in weights.items()]).sum())
        self.optimizers["generator"].step()
        return losses

    def _latent_error(self, fake: Tensor, code: Tensor) -> Tensor:
        """L1 between a random code and what the encoder, held fixed, reads off the picture made with it.

        Were the encoder to learn from this too, it and the generator could agree on hiding the code in invisible dots
        (section 3.2 of the paper).
        """
        encoder = self.plain("generator").style_encoder
        fixed = {name: value.detach() for name, value in encoder.named_parameters()}  # type: ignore[union-attr]
        with self.accelerator.autocast():
            mean, _ = functional_call(encoder, fixed, (fake,))  # type: ignore[arg-type]
        return F.l1_loss(mean.float(), code)

    def _discriminator_step(self, ink: Tensor, photo: Tensor, fake: Tensor) -> Tensor:
        net, optimizer = self.networks["discriminator"], self.optimizers["discriminator"]
        self.plain("discriminator").heads.requires_grad_(True)  # type: ignore[operator, union-attr]
        image, condition = augment_pair(torch.cat([photo, fake]), torch.cat([ink, ink]), self.recipe.augment)
        with self.accelerator.autocast():
            with torch.no_grad():
                features = self.features(image)
            logits = net(features, condition)
        half = len(photo)
        loss = torch.stack([self.game.discriminator(x[:half].float(), x[half:].float()) for x in logits]).mean()
        optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        optimizer.step()
        return loss

    def _judged(self, ink: Tensor, fake: Tensor, features: list[Tensor]) -> Tensor:
        """What the discriminator, held fixed, makes the generator pay; `features` are those of `fake`."""
        critic = self.plain("discriminator")
        critic.heads.requires_grad_(False)  # type: ignore[operator, union-attr]
        image, condition = augment_pair(fake, ink, self.recipe.augment)
        with self.accelerator.autocast():
            logits = critic(features if image is fake else self.features(image), condition)
        return torch.stack([self.game.generator(x.float()) for x in logits]).mean()

    @torch.inference_mode()
    def preview(self, generator: nn.Module) -> tuple[Tensor, int]:
        """Rows of drawing | two random codes | the photo's own code | photo."""
        device = self.accelerator.device
        drawing, photo = self.examples["input"].to(device), self.examples["target"].to(device)
        rng = torch.Generator(device).manual_seed(0)
        n, code = len(drawing), self.recipe.code
        outputs = [generator(drawing, torch.randn(n, code, generator=rng, device=device)) for _ in range(2)]
        outputs.append(generator(drawing, generator.encode(F.avg_pool2d(photo, 2))[0]))  # type: ignore[operator]
        pictures = [F.avg_pool2d(x.float().cpu(), 2) for x in (drawing, *outputs, photo)]
        return interleave(*pictures), 10


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)), summed over the code and averaged over the batch.

    Kingma and Welling, *Auto-Encoding Variational Bayes*, ICLR 2014, appendix B. Shape: (N, code) each -> ().
    """
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()


def sketch_generator(recipe: SketchRecipe) -> SketchGenerator:
    """The generator of a sketch recipe, untrained."""
    return SketchGenerator(3, recipe.widths, recipe.code, recipe.fine)
