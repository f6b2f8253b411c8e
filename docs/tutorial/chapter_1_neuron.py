"""Chapter 1: one neuron."""

from __future__ import annotations

from drawing import canvas, draw_neuron, save

# [begin neuron]
import numpy as np

import sigmail

inputs = np.array([1.0, 0.0])  # "more than one word in capitals": yes. "the word viagra": no.
weights = np.array([7.0, 3.0])
bias = -2.0

total = inputs @ weights + bias
print(f"sum = 1 x 7 + 0 x 3 - 2 = {total:g}")
print(f"sigmoid of the sum = {sigmail.sigmoid(total):.4f}")
# [end neuron]

# [begin at once]
print(f"the neuron says {sigmail.neuron(inputs, weights, bias):.4f}")
# [end at once]

# [begin all]
every_message = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
for (capitals, viagra), output in zip(
    every_message, sigmail.neuron(every_message, weights, bias), strict=True
):
    print(f"capitals {capitals:.0f}, viagra {viagra:.0f}: {output:.4f}")
# [end all]

figure, (axes,) = canvas(height=3.2)
draw_neuron(
    axes, ["capitals = 1", "viagra = 0"], list(inputs * weights), bias, total, "sigmoid = 0.993\n1: spam"
)
save(figure, "chapter-1-neuron")
