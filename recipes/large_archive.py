"""Training on an archive many times the corpora, in bounded memory: ``make bench-memory``.

The corpora are repeated with noise (some words left out, some drawn from other messages) and streamed into
the training, which runs in this process: its peak memory is the figure.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Iterator

from recipes.corpora import read_items
from sigmail.recipe import Recipe
from sigmail.training import train_from

CORPORA = ("enron-spam", "spamassassin", "modern-mail")
ASKED_MEBIBYTES = 1024
LEFT_OUT, FOREIGN = 0.05, 0.02
KEPT_WORDS = 4096


def noisy(times: int, most: int | None, seed: int = 0) -> Iterator[tuple[bytes | str, bool]]:
    """Yield each message of the corpora so many times, each time with another noise."""
    draw, words, count = random.Random(seed), [b"hello"], 0  # noqa: S311 - Noise, no secrets.
    for _ in range(times):
        for corpus in CORPORA:
            for item in read_items(corpus):
                if most is not None and count >= most:
                    return
                count += 1
                data = item.message if isinstance(item.message, bytes) else item.message.encode()
                yield _with_noise(data, words, draw), item.is_spam


def _with_noise(message: bytes, words: list[bytes], draw: random.Random) -> bytes:
    """Return the message with words left out and put in below its header."""
    head, gap, body = message.partition(b"\n\n")
    if not gap:
        head, gap, body = message.partition(b"\n")
    kept = []
    for line in body.split(b"\n"):
        parts = [word for word in line.split(b" ") if draw.random() >= LEFT_OUT]
        if parts and draw.random() < FOREIGN:
            parts.append(draw.choice(words))
            words.append(parts[0])
        kept.append(b" ".join(parts))
    del words[: max(0, len(words) - KEPT_WORDS)]
    return head + gap + b"\n".join(kept)


def main() -> None:
    """Train, and print the peak of memory after the reading and at the end, beside what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10, help="how often the corpora are repeated")
    parser.add_argument("--messages", type=int, help="stop after so many")
    parser.add_argument("--algorithm", choices=["logistic", "network"], default="logistic")
    asked = parser.parse_args()
    start, steps = time.perf_counter(), set[str]()

    def progress(done: int, total: int, text: str) -> None:
        step = text if total else f"{text}: {done // 10_000 * 10_000}"
        if step not in steps:
            steps.add(step)
            print(f"{time.perf_counter() - start:7.1f} s {peak():6.0f} MiB  {step}", file=sys.stderr)

    recipe = Recipe(algorithm=asked.algorithm)
    trained = train_from(noisy(asked.times, asked.messages), recipe=recipe, seed=0, progress=progress)
    messages = trained.facts["held_out"]["messages"]
    print(f"{messages} messages: peak {peak():.0f} MiB, asked {ASKED_MEBIBYTES} MiB at most")
    if peak() > ASKED_MEBIBYTES:
        sys.exit("the peak is above what is asked")


def peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
