"""How fast training is beside scikit-learn: ``make bench-training``.

Hashed Enron-Spam and SpamAssassin, all of both. A neuron's time is that of the loosest tolerance by which
its solver comes within a relative 1e-4 of the least loss. A peer that has taken twice as long as another and
still is not there is left out: tighter tolerances take longer. Each race is a process on one core, or two;
the runs are taken in turns and their medians compared. A network's time is that of one pass.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
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
SOLVERS = ("lbfgs", "saga", "liblinear")
TOLERANCES = tuple(10.0**-power for power in np.arange(1.0, 9.0, 0.5))
CLOSE = 1e-4
ROUNDS = 3
ASKED = {1: 3.0, 2: 5.0}
ASKED_OF_NETWORK = 5.0

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


def tolerance_of(run: Callable[[float], tuple[float, float]], most: float, patience: float) -> Any:
    """Return the loosest tolerance with a loss of at most so much, and its seconds; None without."""
    for tol in TOLERANCES:
        seconds, loss = run(tol)
        if loss <= most:
            return tol, seconds
        if seconds > patience:
            break
    return None


def race(path: str, C: float, chosen: dict[str, float] | None) -> dict[str, Any]:
    """Return the seconds of each solver to the same loss, and how much faster than the best we are.

    The tolerances are searched for unless they are given.
    """
    X, y = rows_of(path)
    fits, patience, slower = neurons(C), float("inf"), []
    if chosen is None:
        chosen, most = {}, timed(fits["sigmail"], 1e-8, X, y, C)[1] * (1.0 + CLOSE)
        for name, make in fits.items():
            found = tolerance_of(partial(timed, make, X=X, y=y, C=C), most, patience)
            if found is None:
                slower.append(name)
                continue
            chosen[name] = found[0]
            if name != "sigmail":
                patience = min(patience, 2.0 * found[1])
    seconds: dict[str, list[float]] = {name: [] for name in chosen}
    for _ in range(ROUNDS):
        for name, tol in chosen.items():
            seconds[name].append(timed(fits[name], tol, X, y, C)[0])
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    fastest = min(value for name, value in medians.items() if name != "sigmail")
    ratio = fastest / medians["sigmail"]
    return {"C": C, "tolerances": chosen, "slower": slower, "seconds": medians, "ratio": ratio}


def rows_of(path: str) -> tuple[Any, Any]:
    """Return what :func:`hashed` has left in that folder."""
    return sparse.load_npz(Path(path) / "X.npz"), np.load(Path(path) / "y.npy")


def keep_to(cores: int) -> None:
    """Let this process run on so many cores, and BLAS on one."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    threadpool_limits(limits=1)


def network_race(path: str) -> dict[str, Any]:
    """Return seconds and losses of passes of both networks of 32 hidden neurons: ours must lose no more."""
    X, y = rows_of(path)
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


def measure(path: str, constants: list[float]) -> dict[str, Any]:
    """Run all races on the rows in the folder, and print asked beside measured."""
    found: dict[str, Any] = {"neuron": {}}
    spawn, chosen = get_context("spawn"), dict[float, dict[str, float]]()
    for cores, bar in ASKED.items():
        with ProcessPoolExecutor(1, spawn, keep_to, (cores,)) as pool:
            for C in constants:
                result = pool.submit(race, path, C, chosen.get(C)).result()
                chosen[C] = result["tolerances"]
                found["neuron"][f"C={C:g}, {cores} threads"] = result
                print(f"neuron, C={C:g}, {cores} threads: {beside(result, bar)}")
    with ProcessPoolExecutor(1, spawn, keep_to, (1,)) as pool:
        found["network"] = result = pool.submit(network_race, path).result()
    print(f"network: {beside(result, ASKED_OF_NETWORK)}")
    return found


def beside(found: dict[str, Any], bar: float) -> str:
    """Return the measured ratio beside the one that is asked for, and all of the rest."""
    return f"{found['ratio']:.2f}x, asked {bar:.0f}x  {found}"


def main() -> None:
    """Measure, and keep a dated record of a whole run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the corpora, for trying it out")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("-C", type=float, action="append", help="default 1 and 100")
    parser.add_argument("--rows", type=Path, help="a folder with the features of an earlier run, or for them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = asked.rows or Path(folder)
        if not (rows / "X.npz").exists():
            X, y = hashed(asked.share, asked.dtype)
            sparse.save_npz(rows / "X.npz", X, compressed=False)
            np.save(rows / "y.npy", y)
            print(f"{X.shape[0]} messages, {X.nnz / X.shape[0]:.0f} features each", file=sys.stderr)
        constants = asked.C or [1.0, 100.0]
        record = head() | {"share": asked.share, "dtype": asked.dtype, "asked": ASKED}
        record |= measure(str(rows), constants)
    if asked.share == 1.0 and asked.C is None and asked.rows is None:
        path = RECORDS / f"training-{record['date']}.json"
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        print(f"record: {Path(path.name)}")


if __name__ == "__main__":
    main()
