"""Sentences to numbers: words, a vocabulary, and the pieces of a word that stand in for one never seen before."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

LONGEST = 40  # words of a sentence that are read; captions have up to 23, some sentences about birds more
PIECES = 12  # most pieces of a word that are looked up
SIZES = (3, 4, 5)  # letters in a piece
_WORD, _ANY_WORD = re.compile(r"[a-z0-9]+"), re.compile(r"[^\W_]+")


def words(sentence: str) -> list[str]:
    """The words of a sentence in lower case, without accents and punctuation: "It's a BLUE-grey..." -> its a blue grey.

    A hyphen parts two words, an apostrophe does not.
    """
    return _WORD.findall(_plain(sentence))


def all_words(sentence: str) -> list[str]:
    """The same with what is written in other letters, which `words` leaves out: "weiße 花" -> weiße 花."""
    return _ANY_WORD.findall(_plain(sentence))


def _plain(sentence: str) -> str:
    plain = unicodedata.normalize("NFKD", sentence).lower()
    return "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’`")


def pieces(word: str, buckets: int) -> list[int]:
    """Numbers in 0..buckets-1 of the runs of 3 to 5 letters of "<word>", the ends marked, at most `PIECES`.

    Two words that share letters share pieces, so a misspelling lies near the word that was meant
    (Bojanowski et al., *Enriching Word Vectors with Subword Information*, TACL 2017, section 3.2).
    """
    marked = f"<{word}>"
    runs = [marked[i : i + n] for n in SIZES for i in range(len(marked) - n + 1)]
    return [zlib.crc32(run.encode()) % buckets for run in runs[:PIECES]]


@dataclass(frozen=True)
class Vocabulary:
    """The words that were learned, and a number for each; what it does not know is number 0.

    buckets: how many different pieces are told apart.
    """

    known: tuple[str, ...]
    buckets: int = 2000

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {word: i + 1 for i, word in enumerate(self.known)})

    @classmethod
    def of(cls, sentences: Iterable[str], at_least: int = 3, buckets: int = 2000) -> Vocabulary:
        """Of the words that come up `at_least` times, the most frequent first."""
        counts = Counter(word for sentence in sentences for word in words(sentence))
        kept = sorted((w for w, n in counts.items() if n >= at_least), key=lambda w: (-counts[w], w))
        return cls(tuple(kept), buckets)

    def __len__(self) -> int:
        return len(self.known)

    def __contains__(self, word: object) -> bool:
        return word in self._places  # type: ignore[attr-defined]

    def number(self, word: str) -> int:
        """Of a known word, 1 or more; else 0."""
        return self._places.get(word, 0)  # type: ignore[attr-defined]

    def tokens(self, sentences: Sequence[str]) -> Tensor:
        """Word and piece numbers of sentences, all as long as the longest.

        Returns:
            (N, L, 1 + PIECES), int64. First the word, then its pieces; 0 stands for none, so a row of zeros is no
            word, and pieces count from 1.
        """
        read = [words(sentence)[:LONGEST] for sentence in sentences]
        out = torch.zeros(len(read), max(1, *map(len, read)) if read else 1, 1 + PIECES, dtype=torch.long)
        for i, row in enumerate(read):
            for j, word in enumerate(row):
                found = [self.number(word), *(1 + p for p in pieces(word, self.buckets))]
                out[i, j, : len(found)] = torch.tensor(found)
        return out
