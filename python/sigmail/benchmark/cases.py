"""What is compared: the sigmoid, the neuron and the network, on data that a seed draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sigmail import _core
from sigmail.benchmark import peers
from sigmail.benchmark.race import OURS, Case

__all__ = ["all_cases"]

Matrix = Any
Contestants = dict[str, Callable[[], Any]]

EXPIT = "scipy"
"""SciPy's sigmoid; with its or NumPy's product before it where there is one."""


def all_cases(wanted: str) -> Iterator[Case]:
    """Make each case whose name holds ``wanted``, one after the other, so that only one holds its data."""
    for name, make in _makers().items():
        if wanted in name and OURS in (case := make(name)).contestants:
            yield case


def _makers() -> dict[str, Callable[[str], Case]]:
    """Return what makes each case, by its name."""
    makers: dict[str, Callable[[str], Case]] = {}
    for dtype, count in ((np.float32, 10**5), (np.float32, 10**7), (np.float32, 6 * 10**7)):
        makers[_sigmoid_name(dtype, count)] = partial(sigmoid_case, dtype=dtype, count=count)
    for count in (10**5, 10**7):
        makers[_sigmoid_name(np.float64, count)] = partial(sigmoid_case, dtype=np.float64, count=count)
    makers["sigmoid of one float32 in an array"] = partial(call_case, x=np.ones(1, np.float32), bar=1 / 0.7)
    makers["sigmoid of one Python float"] = partial(call_case, x=1.0, bar=1 / 0.5)
    for rows, columns in ((10**5, 64), (10**4, 1000)):
        name = f"dense neuron {rows:,} x {columns:,}"
        makers[name] = partial(dense_neuron_case, rows=rows, columns=columns)
    makers["network 1000-64-1, 10,000 rows"] = network_case
    sparse = "CSR neuron, 1e5 rows, 150 entries"
    makers[f"{sparse}, 2^18 columns"] = partial(sparse_neuron_case, columns=1 << 18, compact=None)
    makers[f"{sparse}, 2^20 columns, int8 weights"] = partial(
        sparse_neuron_case, columns=1 << 20, compact="int8"
    )
    makers["sparse network 2^18-32-1, 20,000 rows"] = sparse_network_case
    return makers


def _sigmoid_name(dtype: type[np.floating[Any]], count: int) -> str:
    return f"sigmoid {np.dtype(dtype).name}, n = {count:.0e}".replace("e+0", "e")


def sigmoid_case(name: str, dtype: type[np.floating[Any]], count: int) -> Case:
    """Take the sigmoid into an array that is there already, as all peers can."""
    random = np.random.default_rng(1)
    x = np.empty(count, dtype)
    for start in range(0, count, 10**6):
        x[start : start + 10**6] = 4 * random.standard_normal(min(10**6, count - start))
    out = np.empty_like(x)
    contestants: Contestants = {OURS: lambda: _core.sigmoid(x, out=out)}
    if special := peers.load("scipy.special"):
        contestants[EXPIT] = lambda: special.expit(x, out=out)
    if torch := peers.load("torch"):
        tensor, target = torch.from_numpy(x), torch.from_numpy(out)
        contestants["torch"] = lambda: torch.sigmoid(tensor, out=target).numpy()
    contestants["numpy"] = lambda: np.divide(1, np.exp(-x) + 1, out=out)
    # The copy moves as many bytes, whatever they mean.
    source, copied = x.view(np.float32), np.empty_like(x).view(np.float32)
    contestants["streaming copy"] = lambda: _core.streaming_copy(source, copied)
    bars = {
        ("float32", 10**5): {EXPIT: 7.0, "torch": 1.7},
        ("float32", 10**7): {EXPIT: 6.0, "torch": 1.35, "streaming copy": 0.55},
        ("float32", 6 * 10**7): {"streaming copy": 0.8},
        ("float64", 10**5): {EXPIT: 5.0},
        ("float64", 10**7): {EXPIT: 4.0, "streaming copy": 0.65},
    }[np.dtype(dtype).name, count]
    if _core.build_info()["simd"] == "avx2":
        bars = {EXPIT: 4.0 if dtype == np.float32 else 3.0} if EXPIT in bars else {}
    return Case(name, contestants, bars, limits=("streaming copy",))


def call_case(name: str, x: Any, bar: float) -> Case:
    """Call a kernel that computes next to nothing: the cost of a call."""
    contestants: dict[str, Callable[..., Any]] = {OURS: _core.sigmoid}
    if special := peers.load("scipy.special"):
        contestants[EXPIT] = special.expit
    return Case(name, contestants, {EXPIT: bar}, argument=x)


def dense_neuron_case(name: str, rows: int, columns: int) -> Case:
    """Run one neuron on a dense matrix of float32."""
    random = np.random.default_rng(2)
    x = random.standard_normal((rows, columns), np.float32)
    weights = random.standard_normal(columns, np.float32) / np.float32(columns**0.5)
    bias = np.float32(0.25)
    contestants: Contestants = {OURS: lambda: _core.neuron(x, weights, float(bias))}
    if special := peers.load("scipy.special"):
        contestants["numpy + expit"] = lambda: special.expit(x @ weights + bias)
    if classifier := peers.logistic_regression(weights, float(bias)):
        contestants["scikit-learn"] = lambda: classifier.predict_proba(x)[:, 1]
    if torch := peers.load("torch"):
        tensor, tensor_weights = torch.from_numpy(x), torch.from_numpy(weights)
        contestants["torch"] = lambda: torch.sigmoid(tensor @ tensor_weights + float(bias)).numpy()
    bars = {"numpy + expit": 1.0, "scikit-learn": 3.0}
    return Case(name, contestants, bars)


def draw_layers(random: np.random.Generator, *sizes: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Draw layers of float32 whose sums stay of the size of 1."""
    return [
        (
            random.standard_normal((inputs, outputs), np.float32) / np.float32(min(inputs, 1000) ** 0.5),
            random.standard_normal(outputs, np.float32),
        )
        for inputs, outputs in pairwise(sizes)
    ]


def network_case(name: str) -> Case:
    """Run a network 1000-64-1 on dense rows, beside as many products and sums at the processor's best."""
    random = np.random.default_rng(3)
    x = random.standard_normal((10_000, 1000), np.float32)
    layers = draw_layers(random, 1000, 64, 1)
    contestants: Contestants = {OURS: lambda: _core.network(x, layers)}
    if special := peers.load("scipy.special"):
        contestants["numpy + expit"] = lambda: network_by(special.expit, x, layers)
    if torch := peers.load("torch"):
        tensor = torch.from_numpy(x)
        tensors = [(torch.from_numpy(weights), torch.from_numpy(bias)) for weights, bias in layers]

        def by_torch() -> Any:
            values = tensor
            for weights, bias in tensors:
                values = torch.sigmoid(torch.addmm(bias, values, weights))
            return values.numpy()

        contestants["torch"] = by_torch
    if session := peers.onnx_network(layers, 1):
        contestants["onnxruntime"] = lambda: session.run(None, {"x": x})[0]
    rounds = round(2 * 10_000 * (1000 * 64 + 64) / _core.multiply_add_in_registers(1))
    contestants["multiply-add peak"] = lambda: _core.multiply_add_in_registers(rounds)
    bars = {"numpy + expit": 1.5, "torch": 1.1, "onnxruntime": 1.1, "multiply-add peak": 0.75}
    return Case(name, contestants, bars, limits=("multiply-add peak",))


def network_by(
    sigmoid: Callable[[Any], Any], x: Matrix, layers: list[tuple[NDArray[Any], NDArray[Any]]]
) -> Any:
    """Run the same network by another library's product and sigmoid."""
    values = x
    for weights, bias in layers:
        values = sigmoid(values @ weights + bias)
    return values


def draw_sparse(rows: int, columns: int) -> Matrix:
    """Draw a CSR matrix of float32: 150 entries a row, at columns whose ranks follow Zipf's law."""
    sparse = peers.load("scipy.sparse")
    if sparse is None:
        return None
    random = np.random.default_rng(4)
    ranks = (random.zipf(1.3, 150 * rows) - 1) % columns
    indices = random.permutation(columns)[ranks].astype(np.int32)
    pointer = np.arange(0, 150 * rows + 1, 150, dtype=np.int32)
    return sparse.csr_matrix((random.random(150 * rows, np.float32), indices, pointer), shape=(rows, columns))


def sparse_neuron_case(name: str, columns: int, compact: Literal["int8"] | None) -> Case:
    """Run one neuron on a sparse matrix of float32, with weights as they are or in fewer bits."""
    special = peers.load("scipy.special")
    x = draw_sparse(10**5, columns)
    if x is None or special is None:
        return Case(name, {}, {})
    weights = np.random.default_rng(5).standard_normal(columns, np.float32) / np.float32(10)
    bias = np.float32(0.25)
    contestants: Contestants = {"scipy": lambda: special.expit(x @ weights + bias)}
    if compact is not None:
        table = _core.CompactWeights(weights, compact)
        contestants[OURS] = lambda: table.neuron(x, float(bias))
        return Case(name, contestants, {"scipy": 2.2}, tolerance=0.1)
    contestants[OURS] = lambda: _core.neuron(x, weights, float(bias))
    if classifier := peers.logistic_regression(weights, float(bias)):
        contestants["scikit-learn"] = lambda: classifier.predict_proba(x)[:, 1]
    return Case(name, contestants, {"scipy": 1.3, "scikit-learn": 1.8}, tolerance=1e-4)


def sparse_network_case(name: str) -> Case:
    """Run a network with a sparse first layer: 2^18 columns, 32 hidden neurons, 20,000 rows."""
    special = peers.load("scipy.special")
    x = draw_sparse(20_000, 1 << 18)
    if x is None or special is None:
        return Case(name, {}, {})
    layers = draw_layers(np.random.default_rng(6), 1 << 18, 32, 1)
    contestants: Contestants = {
        OURS: lambda: _core.network(x, layers),
        "scipy": lambda: network_by(special.expit, x, layers),
    }
    return Case(name, contestants, {"scipy": 3.0}, tolerance=1e-4)
