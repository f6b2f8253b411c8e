"""What comes out of the routes of the models, as pydantic models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from sigmail_service.schemas import Thresholds

__all__ = ["CanaryAnswer", "JobAnswer", "LessonCounts", "ModelAnswer", "Models"]


class LessonCounts(BaseModel):
    """How many different lessons there were of each label."""

    spam: int = Field(ge=0)
    ham: int = Field(ge=0)


class CanaryAnswer(BaseModel):
    """Good mail that a model had better not change its mind about."""

    messages: int = Field(ge=0)
    lost_before: int = Field(ge=0, description="how many of them the model that judged took for spam")
    lost_after: int = Field(ge=0, description="how many this one takes for spam")
    allowed: int | None = Field(default=None, ge=0, description="how many it may")


class ModelAnswer(BaseModel):
    """A model: what it is, where it comes from, and what its training left to be read."""

    id: str = Field(description="the first 12 digits of the model's digest, as `model` in a verdict")
    active: bool = Field(description="whether it judges the messages that come in")
    verdict: Literal["given", "passed", "refused"] = Field(
        description="`given` by the operator, or what the gate said of it"
    )
    created: str | None = Field(description="when it came in")
    parents: list[str] = Field(description="the ids of the models that it was made from and compared with")
    lessons: LessonCounts | None = Field(description="what it learnt on top of the first of its parents")
    gate: dict[str, Any] | None = Field(description="the figures that the gate looked at")
    canary: CanaryAnswer | None
    reasons: list[str] = Field(description="why the gate refused it")
    name: str | None = Field(description="the name that its training gave it")
    algorithm: str | None = Field(description="`logistic` is a neuron, `network` has hidden layers")
    thresholds: Thresholds | None
    bytes: int | None = Field(description="size of the model's file")
    training: dict[str, Any] | None = Field(
        description="facts of the training, of the model that judges: the data, the counts, the figures on "
        "held-out mail (`held_out`)"
    )


class Models(BaseModel):
    """The models of the service, or of the key's tenant, the newest first."""

    models: list[ModelAnswer]


class JobAnswer(BaseModel):
    """A training that was asked for."""

    id: str
    state: Literal["waiting", "running", "activated", "passed", "refused", "unchanged", "failed"] = Field(
        description="`activated`: its model judges now; `passed`: it waits for a person; `refused`: the gate "
        "did; `unchanged`: the ledger gives the model that judges; `failed`: there is none"
    )
    asked: str
    asked_by: str = Field(description="`request`, `schedule` or `corrections`")
    ended: str | None
    model: str | None = Field(description="the id of its model")
    reasons: list[str] = Field(description="why it was refused, or failed")
