"""Chapter 7: the real filter, explained by the same picture."""

from __future__ import annotations

from drawing import GREY, HAM, INK, NEURON, SPAM, canvas, draw_neuron, save

# [begin verdict]
import numpy as np

import sigmail

spam_filter = sigmail.SpamFilter.default()
message = "You have WON a FREE cruise! Click here NOW to claim your prize. No obligation!"
verdict = spam_filter.classify(message)
print(verdict.label, f"{verdict.probability:.4f}")
# [end verdict]

# [begin sum]
explanation = spam_filter.explain(message)
strongest = explanation.reasons[:6]
for reason in strongest:
    print(f"{reason.weight:+8.3f}  {reason.token} ({reason.field})")
rest = explanation.logit - explanation.bias - sum(reason.weight for reason in strongest)
print(f"{rest:+8.3f}  {len(explanation.reasons) - len(strongest)} others together")
print(f"{explanation.bias:+8.3f}  bias")
print(f"{explanation.logit:+8.3f}  the sum; its sigmoid is {sigmail.sigmoid(explanation.logit):.4f}")
# [end sum]

# [begin unsure]
ham_below, spam_from = spam_filter.thresholds
print(f"ham below {ham_below:.3f}, spam from {spam_from:.3f}, unsure between")
for text in ("Hello, how are you?", message):
    print(f"{spam_filter.classify(text).label:<7} {text}")
# [end unsure]

# [begin lesson]
letter = "Dear member, your free copy of the club magazine is ready. Click here to read it."
before = spam_filter.classify(letter).probability
for _ in range(3):
    spam_filter.learn(letter, "ham")
print(f"before {before:.3f}, after three lessons {spam_filter.classify(letter).probability:.3f}")
# [end lesson]

names = [f"{reason.token} ({reason.field})" for reason in strongest]
figure, (axes,) = canvas(height=4.6)
draw_neuron(
    axes,
    [*names, "all others"],
    [*(reason.weight for reason in strongest), rest],
    explanation.bias,
    explanation.logit,
    f"sigmoid = {verdict.probability:.4f}\n{verdict.label}",
)
save(figure, "chapter-7-neuron")

line = np.linspace(-10.0, 14.0, 401)
figure, (axes,) = canvas(height=3.0)
edges = [float(np.log(threshold / (1.0 - threshold))) for threshold in (ham_below, spam_from)]
for start, end, colour, name in (
    (-10.0, edges[0], HAM, "ham"),
    (edges[0], edges[1], GREY, "unsure"),
    (edges[1], 14.0, SPAM, "spam"),
):
    axes.axvspan(start, end, color=colour, alpha=0.12, linewidth=0)
    axes.text((start + end) / 2.0, 0.06, name, ha="center", color=colour)
axes.plot(line, sigmail.sigmoid(line), color=NEURON)
axes.scatter([explanation.logit], [verdict.probability], color=INK, zorder=3)
axes.set(title="Where the sum lands", xlabel="sum", ylabel="probability of spam", xlim=(-10.0, 14.0))
save(figure, "chapter-7-sigmoid")
