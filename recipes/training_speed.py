"""How fast training is beside scikit-learn: ``make bench-training``.

Hashed Enron-Spam and SpamAssassin. A neuron's time is that of the loosest tolerance by which its solver comes
within a relative 1e-4 of the least loss that any of them finds; a network's is that of one pass. One thread,
ratios within one run, the runs taken in turns and their medians compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from recipes.corpora import read_items
from recipes.quality import RECORDS, head
from sigmail.logistic import LogisticClassifier
from sigmail.losses import logistic_loss
from sigmail.network import NeuralNetworkClassifier
from sigmail.recipe import Recipe

CORPORA = ("enron-spam", "spamassassin")
SOLVERS = ("lbfgs", "liblinear", "saga")
CLOSE = 1e-4
ROUNDS = 3
ASKED = {"neuron": 3.0, "network": 5.0}

Fit = Callable[[float], Any]


def hashed(share: float, dtype: str) -> tuple[Any, Any]:
    """Return the features of the corpora, or of every so manieth message, and their labels."""
    items = [
        item for corpus in CORPORA for item in islice(read_items(corpus), 0, None, max(1, round(1 / share)))
    ]
    rows = Recipe().vectorizer(0).fit_transform([item.message for item in items])
    return rows.astype(dtype), np.array([item.is_spam for item in items], dtype=np.float64)


def neurons(C: float) -> dict[str, Fit]:
    """Return what fits each solver to a tolerance: the same objective for all, without a bias."""

    def theirs(solver: str) -> Fit:
        return lambda tol: LogisticRegression(
            C=C, fit_intercept=False, solver=solver, tol=tol, max_iter=5000, random_state=0
        )

    def own(tol: float) -> LogisticClassifier:
        return LogisticClassifier(
            C=C, fit_intercept=False, solver="dual", tol=tol, max_iter=5000, random_state=0
        )

    return {"sigmail": own, **{solver: theirs(solver) for solver in SOLVERS}}


def objective(weights: Any, X: Any, y: Any, C: float) -> float:
    """Return what all of them minimise."""
    weights = np.asarray(weights, dtype=np.float64)
    return 0.5 * float(weights @ weights) + C * float(logistic_loss(X @ weights, y).sum())


def timed(make: Fit, tol: float, X: Any, y: Any, C: float) -> tuple[float, float]:
    """Return seconds and loss of a fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        start = time.perf_counter()
        fitted = make(tol).fit(X, y)
        return time.perf_counter() - start, objective(fitted.coef_[0], X, y, C)


def tolerances() -> Iterator[float]:
    """Yield ever tighter tolerances."""
    yield from (10.0**-power for power in np.arange(1.0, 9.0, 0.5))


def race(C: float, X: Any, y: Any) -> dict[str, Any]:
    """Return the seconds of each solver to the same loss, and how much faster than the best we are."""
    fits = neurons(C)
    least = min(timed(fits[name], 1e-9, X, y, C)[1] for name in ("sigmail", "lbfgs"))
    chosen: dict[str, float] = {}
    for name, make in fits.items():
        close = (tol for tol in tolerances() if timed(make, tol, X, y, C)[1] <= least * (1.0 + CLOSE))
        found = next(close, None)
        if found is not None:
            chosen[name] = found
    seconds: dict[str, list[float]] = {name: [] for name in chosen}
    for _ in range(ROUNDS):
        for name, tol in chosen.items():
            seconds[name].append(timed(fits[name], tol, X, y, C)[0])
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    fastest = min(value for name, value in medians.items() if name != "sigmail")
    return {"C": C, "tolerances": chosen, "seconds": medians, "ratio": fastest / medians["sigmail"]}


def network_race(X: Any, y: Any) -> dict[str, Any]:
    """Return seconds and losses of passes of both networks of 32 hidden neurons: ours must lose no more."""
    ours = NeuralNetworkClassifier((32,), max_iter=1, random_state=0)
    theirs = MLPClassifier(
        (32,),
        activation="tanh",
        batch_size=ours.batch_size,
        learning_rate_init=ours.learning_rate,
        alpha=ours.alpha * ours.batch_size,
        max_iter=1,
        random_state=0,
    )
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for name, network in (("sigmail", ours), ("MLPClassifier", theirs)):
            start = time.perf_counter()
            network.fit(X, y)
            seconds = time.perf_counter() - start
            found[name] = {"seconds": seconds, "loss": float(log_loss(y, network.predict_proba(X)[:, 1]))}
    found["ratio"] = found["MLPClassifier"]["seconds"] / found["sigmail"]["seconds"]
    return found


def beside(found: dict[str, Any], kind: str) -> str:
    """Return the measured ratio beside the one that is asked for."""
    return f"{found['ratio']:.2f}x, asked {ASKED[kind]:.0f}x"


def main() -> None:
    """Measure, print asked beside measured, and keep a dated record of a whole run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the corpora, for trying it out")
    share = parser.parse_args().share
    record = head() | {"share": share, "asked": ASKED, "neuron": {}}
    with threadpool_limits(limits=1):
        for dtype in ("float32", "float64"):
            X, y = hashed(share, dtype)
            print(f"{X.shape[0]} messages, {X.nnz / X.shape[0]:.0f} features each, {dtype}", file=sys.stderr)
            for C in (1.0, 100.0):
                found = race(C, X, y)
                record["neuron"][f"{dtype}, C={C:g}"] = found
                print(f"neuron, {dtype}, C={C:g}: {beside(found, 'neuron')}  {found['seconds']}")
        record["network"] = network_race(X.astype(np.float32), y)
        print(f"network: {beside(record['network'], 'network')}  {record['network']}")
    if share == 1.0:
        path = RECORDS / f"training-{record['date']}.json"
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        print(f"record: {Path(path.name)}")


if __name__ == "__main__":
    main()
