"""Chapter 5: a hidden layer learns what one neuron cannot."""

from __future__ import annotations

from drawing import GREY, HAM, INK, PAPER, SPAM, canvas, save

# [begin xor]
import numpy as np

import sigmail
from sigmail.logistic import LogisticClassifier

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
target = np.array([0.0, 1.0, 1.0, 0.0])  # One of the two, but not both.

alone = LogisticClassifier(C=100.0).fit(X, target)
print("one neuron:", alone.predict_proba(X)[:, 1].round(2))
# [end xor]

# [begin start]
random = np.random.default_rng(3)
hidden, hidden_bias = random.normal(size=(2, 3)), np.zeros(3)
last, last_bias = random.normal(size=(3, 1)), np.zeros(1)


def network(X):
    """Return what the three hidden neurons say, and what the last one makes of it."""
    inner = sigmail.network(X, [(hidden, hidden_bias)])
    return inner, sigmail.network(inner, [(last, last_bias)])[:, 0]


# [end start]

# [begin backward]
from sigmail.losses import logistic_loss_derivative


def gradients(X, target):
    """Walk back through the network: whose fault was the error, and by how much?"""
    inner, _ = network(X)
    error = logistic_loss_derivative(inner @ last[:, 0] + last_bias, target)[:, None] / len(X)
    blame = (error @ last.T) * inner * (1.0 - inner)  # The chain rule; s (1 - s) is the sigmoid's slope.
    return X.T @ blame, blame.sum(axis=0), inner.T @ error, error.sum(axis=0)


# [end backward]

# [begin learn]
from sigmail.losses import logistic_loss
from sigmail.optimizers import momentum_step

costs, velocities = [], [np.zeros_like(part) for part in (hidden, hidden_bias, last, last_bias)]
for _ in range(3000):
    inner, _ = network(X)
    costs.append(logistic_loss(inner @ last[:, 0] + last_bias, target).mean())
    for number, (part, gradient) in enumerate(
        zip((hidden, hidden_bias, last, last_bias), gradients(X, target), strict=True)
    ):
        velocities[number] = momentum_step(gradient, velocities[number], learning_rate=0.5)
        part += velocities[number]
print("a network: ", network(X)[1].round(2))
# [end learn]

# [begin library]
from sigmail.network import NeuralNetworkClassifier

settings = {"learning_rate": 0.1, "max_iter": 1000, "tol": 0.0, "random_state": 0}
library = NeuralNetworkClassifier((4,), **settings).fit(X, target)
print("the library:", library.predict_proba(X)[:, 1].round(2))
# [end library]

side = np.linspace(-0.3, 1.3, 81)
points = np.array([(first, second) for second in side for first in side])
surfaces = (
    ("One neuron: no answer", alone.predict_proba(points)[:, 1]),
    ("With a hidden layer", network(points)[1]),
)
figure, axes = canvas(columns=3, height=3.2)
for place, (title, surface) in zip(axes, surfaces, strict=False):
    picture = surface.reshape(81, 81)
    place.imshow(
        picture, extent=(-0.3, 1.3, -0.3, 1.3), origin="lower", cmap="RdBu_r", vmin=0.0, vmax=1.0, alpha=0.7
    )
    place.scatter(*X[target == 1.0].T, s=90, color=SPAM, edgecolors=PAPER, zorder=3)
    place.scatter(*X[target == 0.0].T, s=90, color=HAM, edgecolors=PAPER, zorder=3)
    place.set(xticks=[0, 1], yticks=[0, 1])
    place.set_title(title, fontsize=9)
axes[2].plot(costs, color=INK)
axes[2].axhline(np.log(2.0), color=GREY, linestyle=":", linewidth=1.2)
axes[2].set_title("The cost of learning it", fontsize=9)
axes[2].set(xlabel="step")
save(figure, "chapter-5-backpropagation")
