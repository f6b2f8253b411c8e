"""Chapter 2: the sigmoid and its derivative."""

from __future__ import annotations

from drawing import GREY, HAM, NEURON, SPAM, canvas, save

# [begin sigmoid]
import numpy as np

from sigmail import sigmoid

sums = np.array([-5.0, -2.0, 0.0, 2.0, 5.0])
print("sum    ", *(f"{value:7.1f}" for value in sums))
print("sigmoid", *(f"{value:7.3f}" for value in sigmoid(sums)))
# [end sigmoid]

# [begin derivative]
from sigmail._core import sigmoid_derivative

print("slope  ", *(f"{value:7.3f}" for value in sigmoid_derivative(sums)))

tiny = 1e-6
by_hand = (sigmoid(sums + tiny) - sigmoid(sums - tiny)) / (2 * tiny)
print("by hand", *(f"{value:7.3f}" for value in by_hand))
# [end derivative]

# [begin logit]
probability = sigmoid(5.0)
odds = probability / (1 - probability)
print(f"odds = {odds:.1f} to 1, their logarithm = {np.log(odds):.3f}")
# [end logit]

line = np.linspace(-8.0, 8.0, 401)
figure, (left, right) = canvas(columns=2, height=3.4)
left.axhline(0.5, color=GREY, linewidth=1.0, linestyle=":")
left.plot(line, sigmoid(line), color=NEURON)
left.scatter([5.0], [sigmoid(5.0)], color=SPAM, zorder=3)
left.annotate("our neuron", (5.0, sigmoid(5.0)), (2.6, 0.86), color=SPAM, fontsize=10)
left.set(title="The sigmoid", xlabel="sum", ylabel="output")
right.plot(line, sigmoid_derivative(line), color=HAM)
right.set(title="Its slope", xlabel="sum", ylabel="derivative", ylim=(0.0, 0.27))
save(figure, "chapter-2-sigmoid")
