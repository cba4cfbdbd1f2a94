"""Groups of questions with about the same meaning, in any language.

A question joins the group with the nearest mean embedding if that is near enough; otherwise it starts a new group. The
mean of ordinary questions to a city is subtracted from each embedding, because what all questions have in common
carries no information. Decision 20 reports the experiments. Without an encoder only questions with the same words share
a group.

Cost: comparing a question with n groups multiplies an n x 512 matrix by a vector, 2.5 ms for 20,000 groups; a group
takes 2 kB of memory. At most `MAX_GROUPS` groups are compared.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from bot.answers.learning.service_topics import service_topics
from bot.inbox.model import AnsweredDigest, QuestionGroup
from bot.matching.arrays import Floats
from bot.matching.embeddings import Embedder
from bot.matching.encoder import text_to_encode
from bot.matching.normalize import to_query

#: A question belongs to a group from this cosine on; chosen on half of the labelled questions.
SAME_MEANING = 0.43
#: From this cosine on a question repeats another one.
SAME_QUESTION = 0.7
#: The weight of a group's mean, in questions, is at most this, which limits its drift.
_STEADY = 30
#: The number of groups, the newest ones, that questions are compared with.
MAX_GROUPS = 20_000
#: The most digests that are stored; a question with a cosine of `_KNOWN` to one with the same answer adds none.
MAX_DIGESTS, _KNOWN = 10_000, 0.95
#: Dimensions of the substitute for embeddings without an encoder.
_HASHED = 64


def embeddings_of(texts: Iterable[str], embedder: Embedder | None) -> Floats:
    """Unit rows, one for each text; without an encoder only texts with the same words have the same row."""
    encodable = [text_to_encode(to_query(text)) for text in texts]
    if embedder is None:
        return np.array([_hashed(text) for text in encodable], np.float32)
    rows = embedder.encode(encodable) - _usual(embedder)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


@lru_cache(maxsize=4)
def _usual(embedder: Embedder) -> Floats:
    """The mean embedding of the questions about a city that ship with the program; they are already encoded."""
    questions = [text for topic in service_topics() for _, text in topic.phrasings.by_language()]
    usual: Floats = embedder.embed([text_to_encode(to_query(text)) for text in questions]).mean(axis=0)
    return usual


def _hashed(text: str) -> Floats:
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_HASHED // 8).digest()
    signs = np.unpackbits(np.frombuffer(digest, np.uint8)).astype(np.float32) * 2 - 1
    return signs / np.float32(np.sqrt(_HASHED))


def packed(embedding: Floats) -> bytes:
    """An embedding in its stored form."""
    return embedding.astype(np.float16).tobytes()


def unpacked(stored: bytes) -> Floats:
    return np.frombuffer(stored, np.float16).astype(np.float32)


class GroupIndex:
    """The groups that new questions are compared with."""

    def __init__(self, groups: Iterable[QuestionGroup] = ()) -> None:
        newest = sorted((group for group in groups if group.embedding), key=lambda group: group.newest)[-MAX_GROUPS:]
        self._ids = [group.id for group in newest]
        self._sizes = [group.count for group in newest]
        rows = [unpacked(group.embedding) for group in newest]
        width = max(map(len, rows), default=0)
        # Vectors of another encoder cannot be compared; they stay in the database.
        self._rows = np.zeros((max(2 * len(rows), 64), width), np.float32)
        for place, row in enumerate(rows):
            if len(row) == width:
                self._rows[place] = row

    def __len__(self) -> int:
        return len(self._ids)

    def nearest(self, embedding: Floats) -> tuple[int, float] | None:
        """The index of the nearest group and its cosine, or None."""
        if not self._ids or len(embedding) != self._rows.shape[1]:
            return None
        cosines = self._rows[: len(self._ids)] @ embedding
        place = int(cosines.argmax())
        return place, float(cosines[place])

    def place_of(self, embedding: Floats) -> int | None:
        """The index of the group that a question belongs to, or None."""
        found = self.nearest(embedding)
        return found[0] if found and found[1] >= SAME_MEANING else None

    def id_at(self, place: int) -> int:
        return self._ids[place]

    def add(self, identifier: int, embedding: Floats) -> int:
        """Create a group with one question; return its index."""
        if len(embedding) != self._rows.shape[1]:
            self._ids, self._sizes, self._rows = [], [], np.zeros((64, len(embedding)), np.float32)
        if len(self._ids) == MAX_GROUPS:
            self._drop_oldest(MAX_GROUPS // 10)
        if len(self._ids) == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[len(self._ids)] = embedding
        self._ids.append(identifier)
        self._sizes.append(1)
        return len(self._ids) - 1

    def join(self, place: int, embedding: Floats) -> Floats | None:
        """Add a question to a group; return its new embedding, or None if it does not change."""
        size = self._sizes[place]
        self._sizes[place] = size + 1
        if size >= _STEADY:
            return None
        mean = self._rows[place] * np.float32(size) + embedding
        self._rows[place] = mean / max(float(np.linalg.norm(mean)), 1e-6)
        moved: Floats = self._rows[place].copy()
        return moved

    def name(self, place: int, identifier: int) -> None:
        """Set the id under which a new group was stored."""
        self._ids[place] = identifier

    def _drop_oldest(self, number: int) -> None:
        self._ids, self._sizes = self._ids[number:], self._sizes[number:]
        self._rows = np.concatenate([self._rows[number:], np.zeros_like(self._rows[:number])])


class DigestIndex:
    """The embeddings of answered questions, without near duplicates."""

    def __init__(self, digests: Iterable[AnsweredDigest] = ()) -> None:
        newest = list(digests)[-MAX_DIGESTS:]
        rows = [unpacked(digest.embedding) for digest in newest]
        self._answered = [digest.answered for digest in newest]
        self._rows = np.array(rows, np.float32) if rows else np.zeros((0, 0), np.float32)

    def add(self, embedding: Floats, answered: str) -> bool:
        """Add a digest if it is new and there is room; return whether it was added."""
        number = len(self._answered)
        if self._rows.shape[1] != len(embedding):
            self._rows, self._answered, number = np.zeros((64, len(embedding)), np.float32), [], 0
        near = np.flatnonzero(self._rows[:number] @ embedding >= _KNOWN)
        if number >= MAX_DIGESTS or any(self._answered[place] == answered for place in near):
            return False
        if number == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[number] = embedding
        self._answered.append(answered)
        return True
