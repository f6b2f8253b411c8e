"""Chapter 3: two features from mail."""

from __future__ import annotations

from drawing import GREY, HAM, NEURON, PAPER, SPAM, canvas, save

# [begin features]
import numpy as np
from letters import LABELS, MESSAGES, two_features

import sigmail

print(two_features("CHEAP VIAGRA, no prescription, CLICK NOW"))
print(two_features("See you at five, I bring the cake"))

X = np.array([two_features(message) for message in MESSAGES])
is_spam = np.array(LABELS) == "spam"
print(f"{len(MESSAGES)} messages, {X.shape[1]} features each")
# [end features]

# [begin guess]
says_spam = sigmail.neuron(X, np.array([7.0, 3.0]), -2.0) >= 0.5
print(f"spam that is caught: {np.sum(says_spam & is_spam)} of {np.sum(is_spam)}")
print(f"good mail that is lost: {np.sum(says_spam & ~is_spam)} of {np.sum(~is_spam)}")
# [end guess]

# [begin lost]
for message, lost in zip(MESSAGES, says_spam & ~is_spam, strict=True):
    if lost:
        print("lost:", message)
# [end lost]

random = np.random.default_rng(0)
places = X + random.uniform(-0.13, 0.13, size=X.shape)
figure, (axes,) = canvas(height=4.2)
edge = np.array([-0.4, 1.4])
axes.fill_between(edge, (2.0 - 7.0 * edge) / 3.0, 3.0, color=SPAM, alpha=0.08, linewidth=0)
axes.plot(edge, (2.0 - 7.0 * edge) / 3.0, color=NEURON)
for chosen, colour, name in ((is_spam, SPAM, "spam"), (~is_spam, HAM, "good mail")):
    axes.scatter(*places[chosen].T, s=70, color=colour, edgecolors=PAPER, label=name, alpha=0.9)
axes.text(
    1.3, 0.5, "7 a + 3 b = 2:\nright of the line\nthe neuron says spam", ha="right", color=NEURON, fontsize=10
)
axes.set(
    title="Forty messages, seen through two questions",
    xlabel="a: more than one word in capitals",
    ylabel="b: the word viagra",
    xlim=edge,
    ylim=(-0.35, 1.45),
    xticks=[0, 1],
    xticklabels=["no", "yes"],
    yticks=[0, 1],
    yticklabels=["no", "yes"],
)
axes.legend(loc="upper center", ncols=2, labelcolor=GREY)
save(figure, "chapter-3-features")
