"""Chapter 4: the neuron learns its weights by gradient descent."""

from __future__ import annotations

from drawing import GREY, HAM, NEURON, SPAM, canvas, save

# [begin data]
import numpy as np
from letters import LABELS, MESSAGES, two_features

from sigmail.losses import logistic_loss, logistic_loss_derivative

X = np.array([two_features(message) for message in MESSAGES])
target = (np.array(LABELS) == "spam").astype(float)
# [end data]


# [begin cost]
def cost(weights, bias):
    """Return how wrong the neuron is, on the mean of all messages."""
    return logistic_loss(X @ weights + bias, target).mean()


print(f"weights 7 and 3, bias -2: cost {cost(np.array([7.0, 3.0]), -2.0):.3f}")
print(f"weights 0 and 0, bias  0: cost {cost(np.zeros(2), 0.0):.3f}")
# [end cost]

# [begin descent]
weights, bias, rate = np.zeros(2), 0.0, 1.0
costs, path = [cost(weights, bias)], [weights]
for _ in range(200):
    error = logistic_loss_derivative(X @ weights + bias, target)  # sigmoid(sum) - target
    weights = weights - rate * X.T @ error / len(X)
    bias = bias - rate * error.mean()
    costs.append(cost(weights, bias))
    path.append(weights)
print(f"after 200 steps: weights {weights.round(2)}, bias {bias:.2f}, cost {costs[-1]:.3f}")
# [end descent]

# [begin peers]
from sklearn.linear_model import LogisticRegression

from sigmail.logistic import LogisticClassifier

ours = LogisticClassifier(C=10.0, solver="gd", max_iter=20_000, tol=1e-8).fit(X, LABELS)
theirs = LogisticRegression(C=10.0, tol=1e-10, max_iter=1000).fit(X, LABELS)
for name, model in (("ours", ours), ("scikit-learn", theirs)):
    print(f"{name:<12}", *(f"{value:8.4f}" for value in (*model.coef_[0], *model.intercept_)))
print("within 1e-3 of each other:", np.allclose(ours.coef_, theirs.coef_, rtol=0.0, atol=1e-3))
# [end peers]

figure, (left, right) = canvas(columns=2, height=3.6)
left.plot(costs, color=NEURON, label="by hand, no penalty")
left.plot(ours.loss_curve_[:200], color=GREY, linestyle="--", label="LogisticClassifier")
left.set(title="The cost falls, step by step", xlabel="step", ylabel="cost")
left.legend()

grid = np.linspace(-0.5, 5.5, 61)
valley = [[cost(np.array([first, second]), bias) for first in grid] for second in grid]
right.imshow(valley, extent=(-0.5, 5.5, -0.5, 5.5), origin="lower", cmap="PuRd", alpha=0.75, aspect="auto")
right.contour(grid, grid, valley, levels=8, colors=[GREY], linewidths=0.6)
right.plot(*np.array(path).T, color=HAM, marker=".", markersize=4, linewidth=1.2)
right.scatter(*weights, color=SPAM, zorder=3)
right.set(title="The way down the valley", xlabel="weight of capitals", ylabel="weight of viagra")
save(figure, "chapter-4-descent")
