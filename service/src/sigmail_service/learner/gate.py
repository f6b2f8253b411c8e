"""Whether a candidate may judge: stated bounds on its figures, each with its reason in words."""

from __future__ import annotations

import math

from sigmail_service.learner.training import Figures
from sigmail_service.settings import Settings

__all__ = ["objections"]

# With fewer lessons a wrong label cannot be told from a hard message.
_LESSONS_TO_DOUBT = 50


def objections(figures: Figures, settings: Settings) -> tuple[str, ...]:
    """Return why a candidate may not judge; nothing if it may."""
    found = []
    lessons = figures.spam + figures.ham
    if not figures.is_sane:
        found.append("the weights are not finite, or farther from the base than the lessons can bring them")
    if figures.lost_after > figures.lost_allowed:
        found.append(
            f"it takes {figures.lost_after} of {figures.canary} good messages of the canary for spam, even "
            f"from {figures.spam_from:.4g} on; the model that judges takes {figures.lost_before}, and at "
            f"most {figures.lost_allowed} are allowed (gate_ham_loss = {settings.gate_ham_loss:g})"
        )
    if figures.right < math.ceil(settings.gate_lessons_right * lessons):
        found.append(
            f"it judges {figures.right} of {lessons} lessons right, but a share of "
            f"{settings.gate_lessons_right:g} is needed (gate_lessons_right)"
        )
    explained = settings.gate_wrong_labels * figures.wrong_labels_allowed
    if lessons >= _LESSONS_TO_DOUBT and figures.wrong_labels > explained:
        found.append(
            f"about {figures.wrong_labels:.1%} of the labels seem to be wrong, where chance explains "
            f"{explained:.1%}; {figures.contradicted} lessons are contradicted by the "
            "others: look at the last feedback"
        )
    return tuple(found)
