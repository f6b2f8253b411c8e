"""The other libraries, where they are installed. Each is imported when a case asks for it, and not before."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LIBRARIES", "load", "logistic_regression", "onnx_network", "versions"]

LIBRARIES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "scikit-learn": "sklearn",
    "torch": "torch",
    "onnxruntime": "onnxruntime",
}
"""The name of each peer's distribution, and of its module."""


def load(module: str) -> Any:
    """Return the module, or None if it is not installed or does not start on this machine."""
    try:
        return importlib.import_module(module)
    except (ImportError, OSError, ValueError):
        return None


def versions() -> dict[str, str | None]:
    """Return the version of each peer, None for one that is left out."""
    found = {}
    for distribution, module in LIBRARIES.items():
        present = load(module) is not None
        found[distribution] = importlib.metadata.version(distribution) if present else None
    return found


def logistic_regression(weights: NDArray[Any], bias: float) -> Any:
    """Return a scikit-learn classifier with these weights, as if fitted; None without the library."""
    linear_model = load("sklearn.linear_model")
    if linear_model is None:
        return None
    classifier = linear_model.LogisticRegression()
    classifier.classes_ = np.array([0, 1])
    classifier.coef_ = weights[np.newaxis]
    classifier.intercept_ = np.array([bias], weights.dtype)
    classifier.n_features_in_ = len(weights)
    return classifier


def onnx_network(layers: list[tuple[NDArray[Any], NDArray[Any]]], threads: int) -> Any:
    """Return an ONNX Runtime session of sigmoid layers; None where it or the onnx package is missing."""
    onnx, runtime = load("onnx"), load("onnxruntime")
    if onnx is None or runtime is None:
        return None
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes, constants, value = [], [], "x"
    for index, (weights, bias) in enumerate(layers):
        constants.append(onnx.numpy_helper.from_array(weights, f"w{index}"))
        constants.append(onnx.numpy_helper.from_array(bias, f"b{index}"))
        nodes.append(helper.make_node("Gemm", [value, f"w{index}", f"b{index}"], [f"z{index}"]))
        value = f"y{index}"
        nodes.append(helper.make_node("Sigmoid", [f"z{index}"], [value]))
    x = helper.make_tensor_value_info("x", kind, ["n", layers[0][0].shape[0]])
    y = helper.make_tensor_value_info(value, kind, ["n", layers[-1][0].shape[1]])
    graph = helper.make_graph(nodes, "network", [x], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
