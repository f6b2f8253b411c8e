"""What is known of a model beside its file, and the pointer to the model that judges."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self

__all__ = ["Document", "Pointer", "Record", "Verdict"]

Verdict = Literal["given", "passed", "refused"]
"""`given` by the operator; `passed` or `refused` by the gate."""


class Document:
    """Reads and writes a dataclass as JSON; names that it does not know are passed over."""

    @classmethod
    def of(cls, data: bytes) -> Self | None:
        """Return what a file holds, or None if that is something else."""
        try:
            members = json.loads(data)
            known = {one.name for one in fields(cls)}  # type: ignore[arg-type]
            return cls(**{name: value for name, value in members.items() if name in known})
        except (ValueError, TypeError, AttributeError):
            return None

    def to_bytes(self) -> bytes:
        """Return the file."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n"  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Record(Document):
    """A model of a tenant.

    Attributes
    ----------
    digest : 64 hexadecimal digits, the name of its file
    tenant : whose it is
    created : when it came in, in ISO 8601
    verdict : how it came in
    parents : digests of the models that it was made from
    lessons : how many of each label it learnt, if it learnt any
    gate : the figures that the gate looked at
    canary : what it says of mail that it had better not change its mind about
    reasons : why the gate refused it
    probes : the probabilities that it gave to built-in messages when it came in
    size : the bytes of its file, if they are known
    read_at : when the lessons that it learnt were read, in ISO 8601
    """

    digest: str
    tenant: str
    created: str
    verdict: Verdict = "given"
    parents: list[str] = field(default_factory=list)
    lessons: dict[str, int] | None = None
    gate: dict[str, Any] | None = None
    canary: dict[str, Any] | None = None
    reasons: list[str] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    size: int | None = None
    read_at: str | None = None

    @property
    def id(self) -> str:
        """The first 12 digits, as verdicts name the model."""
        return self.digest[:12]


@dataclass(frozen=True, slots=True)
class Pointer(Document):
    """Which model judges.

    Attributes
    ----------
    digest : the model
    base : the model that learning starts from: the one that the operator gave last
    at : when it was set, in ISO 8601
    before : the model that judged before it
    """

    digest: str
    base: str
    at: str = ""
    before: str | None = None
