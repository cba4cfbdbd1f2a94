"""What an engine learns from phrasings, and its form as arrays, so that a start need not learn it again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bot.matching.classifier import Classifier
from bot.matching.index import Index, Postings
from bot.matching.quantised import QuantisedRows
from bot.matching.spelling import Spelling
from bot.matching.stored_arrays import Arrays, code_version

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Learned:
    """The parts of an engine that take time to learn."""

    index: Index
    by_label: Classifier  #: for areas, topics elsewhere and small talk
    by_entry: Classifier  #: for projects, and areas as a whole
    spelling: Spelling
    words_of_area: Mapping[str, Words]  #: area id -> the terms and numbered terms of its phrasings
    words_of_entry: Mapping[str, Words]  #: project id, or label of an area as a whole -> the same
    words_of_fact: Mapping[tuple[str, str], Words]


def key_of(texts: object, encoder: str | None) -> str:
    """A key that is equal if the texts, the encoder and the code are equal."""
    content = f"{code_version()}\0{encoder}\0{texts!r}"
    return hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()


def to_arrays(learned: Learned) -> Arrays:
    """Convert to arrays; all texts become one array of bytes."""
    index, spelling = learned.index, learned.spelling
    texts = {
        "vocabulary": list(index.vocabulary),
        "unseen": index.unseen,
        "labels": learned.by_label.labels,
        "entries": learned.by_entry.labels,
        "known": sorted(spelling.known),
        "frequent": sorted(spelling.frequent),
        "common": sorted(spelling.common),
        "by_length": [[*key, words] for key, words in spelling.by_length.items()],
        "by_sound": dict(spelling.by_sound),
        "words_of_area": {name: sorted(words) for name, words in learned.words_of_area.items()},
        "words_of_entry": {name: sorted(words) for name, words in learned.words_of_entry.items()},
        "words_of_fact": [[*key, sorted(words)] for key, words in learned.words_of_fact.items()],
    }
    return {
        "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        "rarity": index.rarity,
        "data": index.postings.data,
        "indices": index.postings.indices,
        "starts": index.postings.starts,
        "meanings": index.meanings.values,
        "meaning_scales": index.meanings.scales,
        "axes": index.axes,
        "usual": index.usual,
        "label_weights": learned.by_label.weights,
        "label_meanings": learned.by_label.meanings,
        "entry_weights": learned.by_entry.weights,
        "entry_meanings": learned.by_entry.meanings,
    }


def from_arrays(arrays: Arrays) -> Learned:
    """The inverse of `to_arrays`."""
    texts: dict[str, Any] = json.loads(arrays["texts"].tobytes())
    spelling = Spelling(
        known=frozenset(texts["known"]),
        frequent=frozenset(texts["frequent"]),
        by_length={(length, first): tuple(words) for length, first, words in texts["by_length"]},
        by_sound=texts["by_sound"],
        common=frozenset(texts["common"]),
    )
    return Learned(
        index=_index(arrays, {name: column for column, name in enumerate(texts["vocabulary"])}, texts["unseen"]),
        by_label=Classifier(tuple(texts["labels"]), arrays["label_weights"], arrays["label_meanings"]),
        by_entry=Classifier(tuple(texts["entries"]), arrays["entry_weights"], arrays["entry_meanings"]),
        spelling=spelling,
        words_of_area={name: frozenset(words) for name, words in texts["words_of_area"].items()},
        words_of_entry={name: frozenset(words) for name, words in texts["words_of_entry"].items()},
        words_of_fact={(entry, fact): frozenset(words) for entry, fact, words in texts["words_of_fact"]},
    )


def with_arrays(learned: Learned, arrays: Arrays) -> Learned:
    """The same with equal arrays in place of its own; those that are mapped from the disk need less memory."""
    return replace(
        learned,
        index=_index(arrays, learned.index.vocabulary, learned.index.unseen),
        by_label=Classifier(learned.by_label.labels, arrays["label_weights"], arrays["label_meanings"]),
        by_entry=Classifier(learned.by_entry.labels, arrays["entry_weights"], arrays["entry_meanings"]),
    )


def _index(arrays: Arrays, vocabulary: dict[str, int], unseen: float) -> Index:
    return Index(
        vocabulary=vocabulary,
        rarity=arrays["rarity"],
        unseen=unseen,
        postings=Postings(arrays["data"], arrays["indices"], arrays["starts"], len(arrays["meanings"])),
        meanings=QuantisedRows(arrays["meanings"], arrays["meaning_scales"]),
        axes=arrays["axes"],
        usual=arrays["usual"],
    )
