"""Finds in a text the words that decided, so that a page can mark them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sigmail.filter import Passage, Reason

__all__ = ["MarkedPassage", "Piece", "looks_like_mail", "mark_passages", "mark_words"]

_MOST_WORDS = 40
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: `weight` is None for a piece that is not marked."""

    text: str
    weight: float | None


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A stretch of a message, such as its subject, in pieces."""

    field: str
    pieces: list[Piece]


def mark_passages(
    passages: Sequence[Passage], reasons: Sequence[Reason], most_characters: int
) -> list[MarkedPassage]:
    """Mark in each passage the words that are reasons there: a word may weigh otherwise in the subject.

    Passages without a letter are left out, and what is beyond `most_characters` in all is cut off.
    """
    marked = []
    room = most_characters
    for passage in passages:
        text = passage.text.strip()[:room]
        if text:
            weights = [(reason.token, reason.weight) for reason in reasons if reason.field == passage.field]
            marked.append(MarkedPassage(passage.field, mark_words(text, weights)))
            room -= len(text)
    return marked


def mark_words(text: str, reasons: Sequence[tuple[str, float]]) -> list[Piece]:
    """Cut a text into pieces, so that each word or word pair of the reasons is a piece with its weight.

    Joined again, the pieces are the text. A token that is no word of the text, such as the name of a property
    of the whole message, marks nothing. The time is linear in the length of the text.
    """
    weights = {token.lower(): weight for token, weight in reversed(reasons[:_MOST_WORDS])}
    # The longer token comes first, so that a pair of words wins over its first word.
    words = sorted((token for token in weights if token.strip()), key=len, reverse=True)
    if not words:
        return [Piece(text, None)]
    patterns = (r"\W{1,3}".join(re.escape(part) for part in token.split()) for token in words)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
    pieces = []
    end = 0
    for match in pattern.finditer(text):
        token = " ".join(re.split(r"\W+", match.group().lower()))
        weight = weights.get(match.group().lower(), weights.get(token))
        pieces += [Piece(text[end : match.start()], None), Piece(match.group(), weight)]
        end = match.end()
    pieces.append(Piece(text[end:], None))
    return [piece for piece in pieces if piece.text]


def looks_like_mail(text: str) -> bool:
    """Return whether a pasted text begins as a raw mail does: with header lines and then a blank line."""
    headers = 0
    for line in text.splitlines():
        if not line:
            return headers > 0
        if line[0] in " \t" and headers:
            continue
        if not _HEADER.match(line) and not (headers == 0 and line.startswith("From ")):
            return False
        headers += 1
    return False
