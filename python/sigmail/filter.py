"""A whole filter: message in, verdict out. It needs NumPy only for those who ask for arrays."""

from __future__ import annotations

import json
import operator
import os
import secrets
import sys
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigmail import _core
from sigmail._core import Backlog, Replies
from sigmail.errors import InvalidTypeError, InvalidValueError, ModelFileError
from sigmail.verdict import Explanation, Label, MessageFeatures, Passage, Reason, Verdict

if TYPE_CHECKING:  # To judge a message takes no array, and a server that does nothing else is smaller.
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Answered",
    "Backlog",
    "Counted",
    "Explanation",
    "Label",
    "Message",
    "MessageFeatures",
    "Passage",
    "Reason",
    "Replied",
    "Replies",
    "SpamFilter",
    "Verdict",
    "as_list",
    "base_of",
    "is_spam",
    "size_of_plain_request",
]

Message = bytes | str
"""A raw mail (``bytes``), or plain text such as a comment or a chat line (``str``)."""

Answered = tuple[bytes, Label, float, bool, bytes | None]
"""A verdict as a line of JSON; its label and probability, and whether a cap was hit; the packed features."""

Counted = tuple[bytes, Label, float, bool]
"""A verdict as a line of JSON; its label and probability, and whether a cap was hit."""

Replied = tuple[bytes, str, Label, float, bool, bool]
"""A reply of HTTP and the id of its request; label and probability, and whether a cap was hit; whether there
is news for the one who empties the backlog: a first verdict waits, or a block is full."""

LEARNING_RATE = 2.0
"""How far one lesson moves the logit of its own message, per unit of error: a verdict that was quite
wrong moves by about two, from 0.05 to 0.28, so that a handful of like lessons turn it."""

MAX_MODEL_BYTES = 1 << 30
"""A model file over 1 GiB is refused unread: the largest table that the format allows is 64 MiB a neuron."""


def _unreadable(name: str, error: Exception) -> ModelFileError:
    """Name the file and what the system says; a ValueError means a NUL, which no file's name holds."""
    why = error.strerror if isinstance(error, OSError) else error
    return ModelFileError(f"cannot read the model file {name!r}: {why}")


def is_spam(label: object) -> bool:
    """Read a label: ``"spam"`` or 1 is true, ``"ham"`` or 0 is false; anything else is refused."""
    if isinstance(label, str) and label in {"spam", "ham"}:
        return label == "spam"
    if isinstance(label, _integers()) and label in {0, 1}:
        return bool(label)
    raise InvalidValueError(f'a label must be "spam" or "ham" (1 and 0 are taken too), got {label!r}')


def _integers() -> tuple[type, ...]:
    """Return the kinds of integers and truth; where NumPy has not been imported, nothing is of its kinds."""
    numpy = sys.modules.get("numpy")
    return (int, numpy.integer, numpy.bool_) if numpy else (int,)


class SpamFilter:
    """A trained filter. Get one from :meth:`default`, :meth:`load` or ``sigmail.training.train_filter``.

    It may be used from many threads at once; the GIL is released while it works.
    """

    def __init__(self, model: _core.Model) -> None:
        self._model = model

    @classmethod
    def default(cls) -> SpamFilter:
        """Return the starter model that ships with the package."""
        starter = resources.files("sigmail").joinpath("models", "starter.sigmail")
        if isinstance(starter, Path):
            return cls.load(starter)
        return cls.from_bytes(starter.read_bytes())  # The package is in an archive.

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, behind: bool = False) -> SpamFilter:
        """Read a model file. Its weights stay in the file, whose pages all processes that read it share.

        A file that is in use is never written to but replaced, as :meth:`save` does.

        Parameters
        ----------
        path
            The file.
        behind
            Whether the file is checked with a small claim to the processor (on Linux), so that threads that
            use other filters meanwhile hardly notice.

        Raises
        ------
        ModelFileError
            If the file cannot be read, or is not a whole, unaltered model file.
        """
        name = os.fspath(path)
        try:
            size = Path(path).stat().st_size
        except (OSError, ValueError) as error:
            raise _unreadable(name, error) from error
        if size > MAX_MODEL_BYTES:
            raise ModelFileError(f"{name!r} is over {MAX_MODEL_BYTES} bytes: no model is that large")
        try:
            return cls(_core.Model.from_path(path, behind))
        except ModelFileError as error:
            raise ModelFileError(f"{name!r}: {error}") from error
        except (OSError, ValueError) as error:
            raise _unreadable(name, error) from error

    @classmethod
    def from_bytes(cls, data: bytes, *, behind: bool = False) -> SpamFilter:
        """Read the bytes of a model file; :class:`~sigmail.errors.ModelFileError` if they are none.

        ``behind`` is as in :meth:`load`.
        """
        if not isinstance(data, bytes):
            raise InvalidTypeError(f"a model file is read from bytes, got {type(data).__name__}")
        return cls(_core.Model.from_bytes(data, behind))

    def to_bytes(self) -> bytes:
        """Return the bytes of the model file. The same model gives the same bytes."""
        return self._model.to_bytes()

    @classmethod
    def from_delta(cls, data: bytes, base: SpamFilter) -> SpamFilter:
        """Read what :meth:`to_delta` gave, on top of the filter that :func:`base_of` names.

        Raises
        ------
        ModelFileError
            If the bytes are damaged, or the base is another one.
        """
        if not isinstance(data, bytes):
            raise InvalidTypeError(f"a model file is read from bytes, got {type(data).__name__}")
        return cls(_core.Model.from_delta(data, base.core))

    def to_delta(self) -> bytes:
        """Return what distinguishes a filter from its :attr:`base`: the small file of a tenant's model.

        Raises
        ------
        InvalidValueError
            If it has no base.
        """
        return self._model.to_delta()

    @property
    def base(self) -> str | None:
        """The digest of the filter whose table of weights this one shares, if it is that one with moves."""
        return self._model.base

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file whole or not at all: a file of that name is replaced in one step."""
        target = Path(path)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        # Opened by name, so that the file gets the permissions that any new file of this user gets.
        with temporary.open("xb") as file:
            try:
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise

    @property
    def thresholds(self) -> tuple[float, float]:
        """``(ham_below, spam_from)``: between the two a message is ``"unsure"``."""
        return self._model.thresholds

    @property
    def identity(self) -> str:
        """The first 12 hexadecimal digits of the model's digest: a name for this very model."""
        return self._model.identity[:12]

    @property
    def feature_space(self) -> str:
        """A digest of what decides which features a message has: filters that share it share features."""
        return self._model.feature_space

    @property
    def digest(self) -> str:
        """The 64 hexadecimal digits of the SHA-256 digest of all that decides a verdict."""
        return self._model.identity

    @property
    def core(self) -> _core.Model:
        """The compiled model, for the other modules of this library."""
        return self._model

    @property
    def facts(self) -> dict[str, Any]:
        """What the training left for people to read: its data, its algorithm, its held-out figures."""
        facts: dict[str, Any] = json.loads(self._model.training)
        return facts

    def classify(self, message: Message, explain: int = 0) -> Verdict:
        """Classify one message, and give its ``explain`` strongest reasons.

        Raises
        ------
        InvalidTypeError
            If the message is neither ``bytes`` nor ``str``, or ``explain`` is no whole number.
        InvalidValueError
            If ``explain`` is negative.
        """
        count = _count_of_reasons(explain)
        if count == 0:
            return _verdict(self._model.classify(message))
        plain, _, _, reasons = self._model.explain(message, count)
        return _verdict(plain, reasons)

    def classify_with_features(self, message: Message, explain: int = 0) -> tuple[Verdict, MessageFeatures]:
        """Classify one message as :meth:`classify` does, and keep the features that decided.

        The message is read once. Features are shared by all filters of the same :attr:`feature_space`.
        """
        count = _count_of_reasons(explain)
        plain, reasons, features = self._model.classify_with_features(message, count)
        return _verdict(plain, reasons), MessageFeatures(features)

    def classify_many_with_features(
        self, messages: Iterable[Message], explain: int = 0
    ) -> list[tuple[Verdict, MessageFeatures]]:
        """Classify messages on all cores as :meth:`classify_with_features` does one."""
        listed, count = as_list(messages), _count_of_reasons(explain)
        return [
            (_verdict(plain, reasons), MessageFeatures(features))
            for plain, reasons, features in self._model.classify_many_with_features(listed, count)
        ]

    def classify_many(self, messages: Iterable[Message], explain: int = 0) -> list[Verdict]:
        """Classify messages on all cores; the verdicts stand in the order of the messages."""
        listed = as_list(messages)
        count = _count_of_reasons(explain)
        if count > 0:
            return [_verdict(*explained) for explained in self._model.explain_many(listed, count)]
        return [_verdict(plain) for plain in self._model.classify_many(listed)]

    def answer(
        self, message: Message, head: str, middle: str, explain: int = 0, *, keep: bool = False
    ) -> Answered:
        """Classify one message, and return the verdict as a line of JSON, made in one step.

        Parameters
        ----------
        message
            A raw mail or a text.
        head, middle
            Text of the JSON object before its member ``label``, and between ``probability`` and ``reasons``,
            each with its last comma. It is copied as it is.
        explain
            How many reasons to give at most.
        keep
            Whether the features are wanted, as ``MessageFeatures.data`` has them.
        """
        return _core.answer_message(self._model, message, _count_of_reasons(explain), head, middle, keep)

    def replies(
        self, before: bytes, middle: str, backlog: Backlog | None = None, origin: object = None
    ) -> Replies:
        """Return what answers requests of HTTP with this filter, each in one step.

        Its method ``reply(data, milliseconds, random, after)`` classifies the message in a request, and
        returns a :data:`Replied`; None where :func:`size_of_plain_request` is 0, or the body holds no
        message that the core can read. ``milliseconds`` since 1970 and 26 bytes of ``random`` make the ids
        of the verdict and of the request.

        Parameters
        ----------
        before
            The head of a reply up to the id of the request; ``after`` is the rest from the line after its
            length on.
        middle
            As :meth:`answer` has it.
        backlog, origin
            Where the verdicts and their features wait to be written down, if they shall, and what is kept
            with them.
        """
        return Replies(self._model, before, middle, backlog, origin)

    def answer_lines(
        self,
        lines: list[bytes | None],
        middle: str,
        explain: int = 0,
        *,
        first: int,
        milliseconds: int,
        random: bytes,
        backlog: Backlog | None = None,
        origin: object = None,
    ) -> list[Counted | None]:
        """Classify the messages of lines on all cores, each as :meth:`answer` does.

        A line is ``{"raw": "BASE64"}`` or ``{"text": "TEXT"}`` and nothing else; in the place of every other
        one stands None.

        Parameters
        ----------
        first
            The index of the first line, of which the answers begin with their ``index`` and ``id``.
        random
            Ten bytes for the id of each line.
        milliseconds
            The time since 1970.
        middle, explain, backlog, origin
            As :meth:`answer` and :meth:`replies` have them.
        """
        return _core.answer_lines(
            self._model,
            lines,
            _count_of_reasons(explain),
            first=first,
            milliseconds=milliseconds,
            random=random,
            middle=middle,
            backlog=backlog,
            origin=origin,
        )

    def probabilities(self, messages: Iterable[Message]) -> NDArray[np.float32]:
        """Return the calibrated probability of spam of each message, shape (n_messages,)."""
        return self._model.probabilities(as_list(messages))

    def explain(self, message: Message) -> Explanation:
        """Classify one message and write its sum out, word by word."""
        plain, bias, logit, reasons = self._model.explain(message)
        return Explanation(_verdict(plain), bias, logit, tuple(map(Reason._make, reasons)))

    def passages(self, message: Message) -> tuple[Passage, ...]:
        """Return what the filter reads of a message, in its order: what it does not read is not there."""
        return tuple(Passage(*passage) for passage in self._model.passages(message))

    def learn(self, message: Message, label: object) -> None:
        """Take one on-line step towards a label (``"spam"`` or ``"ham"``).

        A message that is judged right already moves little; thresholds and calibration stay.
        """
        self._model.learn(message, is_spam(label), LEARNING_RATE)

    def __repr__(self) -> str:
        ham_below, spam_from = self.thresholds
        return f"<SpamFilter {self.identity}: ham below {ham_below:.4g}, spam from {spam_from:.4g}>"


def _verdict(plain: tuple[Label, float, bool], reasons: Sequence[tuple[str, str, float]] = ()) -> Verdict:
    label, probability, truncated = plain
    return Verdict(label, probability, tuple(map(Reason._make, reasons)), truncated)


def _count_of_reasons(explain: int) -> int:
    try:
        count = operator.index(explain)
    except TypeError:
        raise InvalidTypeError(f"explain must be a whole number, got {type(explain).__name__}") from None
    if count < 0:
        raise InvalidValueError(f"explain must be 0 or more reasons, got {count}")
    return count


def size_of_plain_request(data: bytes) -> int:
    """Return the size of the body, if the data are a whole and usual request for one verdict; else 0.

    The body is not looked at: :meth:`SpamFilter.replies` may still find no message in it.
    """
    return _core.size_of_plain_request(data)


def base_of(data: bytes) -> str | None:
    """Return the digest of the base that the bytes of :meth:`SpamFilter.to_delta` name; None for others."""
    return _core.base_of_delta(data)


def as_list(messages: Iterable[Message]) -> list[Message]:
    """List the messages; one message alone, whose letters could pass for many, is refused."""
    if isinstance(messages, (bytes, str)):
        raise InvalidTypeError(
            f"expected a list of messages, got one {type(messages).__name__}: wrap it in a list"
        )
    return list(messages)
