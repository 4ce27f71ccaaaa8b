"""The text encoder, and the embedding that it is learned in: sentences and pictures, side by side.

Reed, Akata, Lee, Schiele, *Learning Deep Representations of Fine-Grained Visual Descriptions*, CVPR 2016. Theirs reads
letters; ours reads words by a convolution and a recurrent layer, and is a hundred times smaller.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .text import Vocabulary

SIZE = 256  # of a sentence vector


class TextEncoder(nn.Module):
    """phi: sentence -> 256 numbers. A word is the sum of its own vector and the mean of its pieces' vectors.

    Args:
        words: the vocabulary, in the order of its numbers. buckets: of the pieces, see `text.pieces`.
        width: of word vectors. hidden: of the recurrent layer, in each direction.
        forget: share of words that in training are known by their pieces alone, so that these learn to stand in.

    Shape: tokens (N, L, 1 + P) as `Vocabulary.tokens` gives them -> (N, 256), of length 16: each number about 1.
    """

    def __init__(
        self, words: Sequence[str], buckets: int = 2000, width: int = 96, hidden: int = 128, forget: float = 0.1
    ):
        super().__init__()
        self.vocabulary = Vocabulary(tuple(words), buckets)
        self.forget = forget
        self.word = nn.Embedding(len(words) + 1, width, padding_idx=0)
        self.piece = nn.Embedding(buckets + 1, width, padding_idx=0)
        self.conv = nn.Conv1d(width, hidden, 3, padding=1)
        self.drop = nn.Dropout(0.3)
        self.recur = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, SIZE)

    def forward(self, tokens: Tensor) -> Tensor:
        lengths = (tokens != 0).any(2).sum(1).clamp_min(1)  # (N,)
        tokens = tokens[:, : int(lengths.max())]
        number, parts = tokens[..., 0], tokens[..., 1:]
        if self.training and self.forget:
            number = number.masked_fill(torch.rand_like(number, dtype=torch.float) < self.forget, 0)
        count = (parts != 0).sum(2, keepdim=True).clamp_min(1)
        vectors = self.word(number) + self.piece(parts).sum(2) / count  # (N, L, width), zero where there is no word
        h = F.relu(self.conv(self.drop(vectors).transpose(1, 2))).transpose(1, 2)  # (N, L, hidden)
        packed = pack_padded_sequence(h, lengths.cpu(), batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.recur(packed)[0], batch_first=True)  # (N, L, 2 * hidden), zero behind the end
        mean = h.sum(1) / lengths[:, None]
        return F.normalize(self.out(self.drop(mean)), dim=1) * SIZE**0.5

    @property
    def sizes(self) -> dict[str, int]:
        """What it was built with beside the vocabulary."""
        return {
            "buckets": self.vocabulary.buckets,
            "width": self.word.embedding_dim,
            "hidden": self.conv.out_channels,
        }

    def read(self, sentences: Sequence[str], batch: int = 256) -> Tensor:
        """phi of sentences, (N, 256)."""
        device = self.out.weight.device
        parts = [sentences[i : i + batch] for i in range(0, len(sentences), batch)]
        return torch.cat([self(self.vocabulary.tokens(part).to(device)) for part in parts])


class ImageMap(nn.Module):
    """theta: pooled frozen features -> 256 numbers, by one linear map.

    Args:
        features: how many numbers `pooled` gives.

    Shape: (N, features) -> (N, 256), of length 16.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, features: int):
        super().__init__()
        self.register_buffer("centre", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self.drop = nn.Dropout(0.3)
        self.linear = nn.Linear(features, SIZE)

    def forward(self, pooled: Tensor) -> Tensor:
        return F.normalize(self.linear(self.drop((pooled - self.centre) / self.spread)), dim=1) * SIZE**0.5


class JointEmbedding(nn.Module, PyTorchModelHubMixin):
    """Text encoder and image map; how well a picture and a sentence go together is the product of their vectors.

    Args: see `TextEncoder` and `ImageMap`.

    Attributes:
        letters: the vocabulary, so that a checkpoint alone says what its numbers mean.
    """

    letters: Tensor

    def __init__(self, words: Sequence[str], features: int, buckets: int = 2000, width: int = 96, hidden: int = 128):
        super().__init__()
        spelt = " ".join(words).encode()
        self.register_buffer("letters", torch.tensor(list(spelt), dtype=torch.uint8))
        self.text = TextEncoder(words, buckets, width, hidden)
        self.image = ImageMap(features)
        self.sharpness = nn.Parameter(torch.tensor(10.0))

    @classmethod
    def of_state(cls, state: dict[str, Tensor]) -> JointEmbedding:
        """The embedding whose `state_dict` that is."""
        words = bytes(state["letters"].tolist()).decode().split()
        buckets, width = len(state["text.piece.weight"]) - 1, state["text.piece.weight"].shape[1]
        joint = cls(words, state["image.linear.weight"].shape[1], buckets, width, len(state["text.conv.bias"]))
        joint.load_state_dict(state)
        return joint

    @classmethod
    def around(cls, encoder: TextEncoder, features: int) -> JointEmbedding:
        """A new embedding with a text encoder of before, which is not trained any more."""
        joint = cls(encoder.vocabulary.known, features, **encoder.sizes)
        joint.text.load_state_dict(encoder.state_dict())
        joint.text.requires_grad_(False).eval()
        return joint

    def scores(self, pictures: Tensor, sentences: Tensor) -> Tensor:
        """theta(v) (N, 256), phi(t) (M, 256) -> compatibility F(v, t), (N, M), from -sharpness to sharpness."""
        return self.sharpness * pictures @ sentences.T / SIZE

    def scores_in_pairs(self, pictures: Tensor, sentences: Tensor) -> Tensor:
        """F of the n-th picture and the n-th sentence: (N, 256) each -> (N,)."""
        return self.sharpness * (pictures * sentences).mean(1)


def pooled(features: Sequence[Tensor]) -> Tensor:
    """Mean and standard deviation over the pixels of each channel: maps (N, c_i, h_i, w_i) -> (N, 2 * sum c_i)."""
    flat = [f.flatten(2) for f in features]
    return torch.cat([f.mean(2) for f in flat] + [(f.var(2) + 1e-4).sqrt() for f in flat], 1)


def joint_embedding_loss(scores: Tensor, labels: Tensor, margin: float = 1.0) -> Tensor:
    """The symmetric structured joint embedding loss (Reed et al., CVPR 2016, equations 4 to 6).

    For picture v_n of class y_n with sentence t_n: max over classes y of
    max(0, margin * [y != y_n] + E over sentences t of y [F(v_n, t) - F(v_n, t_n)]), and the same with the roles of
    pictures and sentences exchanged; the mean of the two sums over n. Classes are those of the batch.

    Args:
        scores: F(v_n, t_m), (N, N), the n-th picture and sentence belonging together.
        labels: classes, (N,).
    """
    classes = labels.unique()
    member = (labels[:, None] == classes).to(scores.dtype)  # (N, classes)
    share = member / member.sum(0)
    own = scores.diagonal()[:, None]
    slack = margin * (1 - member) - own
    return sum(((s @ share) + slack).amax(1).clamp_min(0).mean() for s in (scores, scores.T)) / 2  # type: ignore


def instance_loss(scores: Tensor) -> Tensor:
    """Cross-entropy of finding each picture's own sentence in the batch, and each sentence's own picture. (N, N)."""
    target = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def discrepancy(some: Tensor, others: Tensor) -> Tensor:
    """How far apart two sets of vectors lie, whatever each is about: the squared maximum mean discrepancy.

    Gretton et al., *A Kernel Two-Sample Test*, JMLR 2012, equation 5, with a sum of two Gaussian kernels.

    Args:
        some, others: (N, d) and (M, d), of the length that sentence vectors have. 0 where both are the same set.
    """
    both = torch.cat([some, others])
    alike = both @ both.T / both.shape[1]  # cosines
    kernel = (torch.exp(alike - 1) + torch.exp(4 * (alike - 1))) / 2
    sign = torch.cat([some.new_full((len(some),), 1 / len(some)), others.new_full((len(others),), -1 / len(others))])
    return sign @ kernel @ sign
