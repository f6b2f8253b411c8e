"""The compiled core: types and meaning of what `sigmail._core` exports."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

_Element = TypeVar("_Element", np.float32, np.float64)
_Floats: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
_Activation: TypeAlias = Literal["sigmoid", "tanh", "relu", "identity"]
_Layer: TypeAlias = tuple[_Floats, _Floats] | tuple[_Floats, _Floats, _Activation]

class _BuildInfo(TypedDict):
    profile: Literal["release", "debug"]
    simd: str
    version: str

def build_info() -> _BuildInfo: ...
@overload
def sigmoid(x: float, out: None = None) -> float: ...
@overload
def sigmoid(x: NDArray[_Element], out: NDArray[_Element] | None = None) -> NDArray[_Element]: ...
@overload
def sigmoid_derivative(x: float, out: None = None) -> float: ...
@overload
def sigmoid_derivative(x: NDArray[_Element], out: NDArray[_Element] | None = None) -> NDArray[_Element]: ...
def neuron(X: Any, weights: Any, bias: float = 0.0) -> Any: ...
def network(X: Any, layers: Sequence[_Layer]) -> Any: ...
def logistic_loss_gradient(
    X: Any, y: Any, weights: NDArray[_Element], bias: float, sample_weight: Any = None
) -> tuple[float, NDArray[_Element], float]: ...
def network_loss_gradient(
    X: Any, y: Any, layers: Sequence[_Layer], sample_weight: Any = None
) -> tuple[float, list[tuple[_Floats, _Floats]]]: ...
