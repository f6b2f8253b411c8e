"""Messages to probabilities beside the usual ways: ``python -m sigmail.benchmark.messages`` on your own mail.

Each contestant is trained on half of the mail and judges the other half, so that its answers can be checked:
a way that does not tell spam from ham is no rival. Times are of one thread, the contestants in turn: medians,
and how many times as fast we were, beside what was asked. scikit-learn is needed; fastText (the module
``fasttext``) and bogofilter take part where they are installed.
"""

from __future__ import annotations

import email
import email.policy
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from sigmail.benchmark import message_process, peers
from sigmail.benchmark.bogofilter import Bogofilter
from sigmail.benchmark.message_table import Row, as_lines
from sigmail.benchmark.process import environment
from sigmail.corpus import read_messages
from sigmail.errors import InvalidValueError
from sigmail.filter import Message, SpamFilter

__all__ = ["main"]

OURS = "sigmail"
MICROSECONDS = " \N{MICRO SIGN}s"
Judge = Callable[[Sequence[Any]], NDArray[Any]]
Labels = NDArray[np.bool_]

SHORTEST, LONGEST = 3_000, 5_000
"""The bytes of a text, for the figures that hang on its length."""

BARS = {
    "text": {"scikit-learn": 60.0, "fasttext": 15.0},
    "mail": {"email + scikit-learn": 20.0, "bogofilter (CPU time)": 8.0},
}


def visible_text(mail: bytes) -> str:
    """Return the text parts of a mail as the standard library reads them."""
    parsed = email.message_from_bytes(mail, policy=email.policy.compat32)
    parts = [part for part in parsed.walk() if part.get_content_maintype() == "text"]
    contents = [part.get_payload(decode=True) for part in parts]
    return "\n".join(content.decode("latin-1") for content in contents if isinstance(content, bytes))


def train_scikit_learn(texts: Sequence[str], labels: Labels) -> Judge:
    """Return hashed words and pairs of words before a logistic regression."""
    hashing = peers.load("sklearn.feature_extraction.text").HashingVectorizer(ngram_range=(1, 2))
    classifier = peers.load("sklearn.linear_model").LogisticRegression(C=100.0, max_iter=300)
    classifier.fit(hashing.transform(texts), labels)
    return lambda messages: classifier.predict_proba(hashing.transform(messages))[:, 1]


def train_fasttext(texts: Sequence[str], labels: Labels) -> Judge | None:
    """Return fastText with pairs of words, its own defaults else; None where it is not installed."""
    module = peers.load("fasttext")
    if module is None:
        return None
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{int(label)} {' '.join(text.split())}\n")
        file.flush()
        model = module.train_supervised(file.name, wordNgrams=2, epoch=25, thread=1, verbose=0)

    def judge(messages: Sequence[str]) -> NDArray[Any]:
        found = []
        for message in messages:
            # The compiled part, since the Python around it does not know NumPy 2.
            answer = model.f.predict(message.replace("\n", " ") + "\n", 2, 0.0, "strict")
            found.append(sum(share for share, name in answer if name == "__label__1"))
        return np.array(found)

    return judge


def check(name: str, judge: Judge, messages: Sequence[Any], labels: Labels) -> None:
    """Refuse to time a contestant whose answers do not tell spam from ham."""
    scores = np.asarray(judge(messages), np.float64)
    spam, ham = scores[labels], scores[~labels]
    if not np.isfinite(scores).all() or np.mean(spam[:, None] > ham) < 0.9:
        raise InvalidValueError(f"{name} does not tell spam from ham here, so that its time says nothing")


def race(judges: dict[str, Judge], messages: Sequence[Any], rounds: int) -> dict[str, float]:
    """Return the median seconds a message of each contestant; they take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in judges}
    for _ in range(rounds):
        for name, judge in judges.items():
            judge(messages[: len(messages) // 4])  # Its own data is in the caches, not the last contestant's.
            start = time.perf_counter()
            judge(messages)
            seconds[name].append((time.perf_counter() - start) / len(messages))
    return {name: statistics.median(times) for name, times in seconds.items()}


def time_single(call: Callable[[Message], Any], messages: Sequence[Message], rounds: int) -> float:
    """Return the median seconds of one call for one message."""
    seconds = []
    for _ in range(rounds):
        for message in messages:
            start = time.perf_counter()
            call(message)
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def rows_of(work: str, seconds: dict[str, float], bars: dict[str, float], most: float) -> list[Row]:
    """Return a row for our time, and one for each peer that was asked for."""
    ours = seconds[OURS]
    ratios = {name: seconds[name] / ours if name in seconds else None for name in bars}
    rows = [
        Row(work, f"times as fast as {name}", ratio, bars[name], at_least=True)
        for name, ratio in ratios.items()
    ]
    return [Row(work, "one message", ours * 1e6, most, MICROSECONDS), *rows]


def ask(process: subprocess.Popen[str]) -> float:
    """Return the next figure of a process that waits for a line each time."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes.
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def start(stack: ExitStack, threads: int, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that measures; it ends with the stack."""
    command = [sys.executable, "-P", message_process.__file__, *arguments]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment(threads))  # noqa: S603
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def gain_of_two_threads(mails: Sequence[bytes], rounds: int) -> float:
    """Return how many times as fast two threads are as one, the median of rounds in turn."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for number, mail in enumerate(mails):
            (folder / f"{number:06}").write_bytes(mail)
        one, two = (start(stack, threads, "threads", str(folder)) for threads in (1, 2))
        ratios = [ask(one) / ask(two) for _ in range(rounds + 1)]
    return statistics.median(ratios[1:])  # The first round finds nothing in the caches.


def memory_rows() -> list[Row]:
    """Return what a loaded filter takes, and what of the model a second process has for itself."""
    if not Path("/proc/self/smaps_rollup").exists():
        return []
    with ExitStack() as stack:
        processes = [start(stack, 1, "memory") for _ in range(2)]
        taken = []
        for process in processes:
            assert process.stdout is not None  # noqa: S101 - a pipe.
            taken.append(float(process.stdout.readline()))
        own = ask(processes[1])
    return [
        Row("memory", "filter loaded, above the interpreter with NumPy", max(taken) / 2**20, 16.0, " MiB"),
        Row("memory", "pages of the model that a second process does not share", own / 2**20, 0.0, " MiB"),
    ]


@click.command()
@click.option("--spam", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--ham", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--rounds", type=click.IntRange(1, 1000), default=9, show_default=True)
def main(spam: tuple[Path, ...], ham: tuple[Path, ...], rounds: int) -> None:
    """Set the filter beside the usual ways from a message to a probability, on one thread."""
    on_one_thread(__spec__.name)
    compare(*read(spam, ham), rounds)


def on_one_thread(module: str) -> None:
    """Start the module again with one thread for every library, unless it runs so already."""
    if os.environ.get("RAYON_NUM_THREADS") != "1":
        environment = os.environ | {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        sys.exit(subprocess.call([sys.executable, "-m", module, *sys.argv[1:]], env=environment))  # noqa: S603


def read(spam: Sequence[Path], ham: Sequence[Path]) -> tuple[list[bytes], Labels]:
    """Return the mails of both kinds, mixed by a seed, and their labels."""
    found: list[tuple[bytes, bool]] = []
    for paths, label in ((spam, True), (ham, False)):
        for path in paths:
            mails = (message for _, message in read_messages(path))
            found += [(mail, label) for mail in mails if isinstance(mail, bytes)]
    return [mail for mail, _ in found], np.array([label for _, label in found])


def compare(mails: Sequence[bytes], labels: Labels, rounds: int) -> list[Row]:
    """Train, check and time the contestants; print the figures and return them."""
    order = np.random.default_rng(0).permutation(len(mails))
    mails, labels = [mails[at] for at in order], labels[order]
    half = len(mails) // 2
    texts = [visible_text(mail) for mail in mails]
    ours = SpamFilter.default()
    by_scikit_learn = train_scikit_learn(texts[:half], labels[:half])
    text_judges: dict[str, Judge] = {OURS: ours.probabilities, "scikit-learn": by_scikit_learn}
    if by_fasttext := train_fasttext(texts[:half], labels[:half]):
        text_judges["fasttext"] = by_fasttext
    mail_judges: dict[str, Judge] = {
        OURS: ours.probabilities,
        "email + scikit-learn": lambda found: by_scikit_learn([visible_text(mail) for mail in found]),
    }
    for name, judge in text_judges.items():
        check(name, judge, texts[half:], labels[half:])
    for name, judge in mail_judges.items():
        check(name, judge, mails[half:], labels[half:])

    middling = [text for text in texts[half:] if SHORTEST <= len(text) <= LONGEST]
    size = statistics.mean(map(len, mails[half:]))
    click.echo(f"{len(middling)} texts of 3 to 5 KB, {len(mails) - half} mails of {size:.0f} bytes\n")
    rows = rows_of("text, batch", race(text_judges, middling, rounds), BARS["text"], 12.0)
    seconds = race(mail_judges, mails[half:], max(1, rounds // 3))
    with ExitStack() as stack:
        if (bogofilter := Bogofilter.find(stack)) is not None:
            bogofilter.train(mails[:half], labels[:half])
            seconds["bogofilter (CPU time)"] = bogofilter.seconds(mails[half:])
    rows += rows_of("mail, batch", seconds, BARS["mail"], 40.0)
    for name, messages, most in (
        ("one text", middling[:50], 10.0),
        ("one mail", mails[half : half + 50], 50.0),
    ):
        plain = time_single(ours.classify, messages, rounds)
        reasons = time_single(lambda message: ours.classify(message, 10), messages, rounds)
        rows.append(Row(name, "median of single calls", plain * 1e6, most, MICROSECONDS))
        rows.append(Row(name, "times as long with 10 reasons", reasons / plain, 1.5))
    gain = gain_of_two_threads(mails[half:], rounds) if (os.cpu_count() or 1) > 1 else None
    rows.append(Row("mail, classify_many", "times as fast on two threads", gain, 1.7, at_least=True))
    rows += memory_rows()
    for line in as_lines(rows):
        click.echo(line)
    return rows


if __name__ == "__main__":
    main()
