"""The compiled core: types and meaning of what `sigmail._core` exports."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Final, Literal, Self, TypeAlias, TypedDict, TypeVar, final, overload

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MESSAGE_LIMITS",
    "Backlog",
    "CompactWeights",
    "DualTraining",
    "Examples",
    "Model",
    "NetworkTraining",
    "Replies",
    "Vectorizer",
    "answer_lines",
    "answer_message",
    "base_of_delta",
    "body_fingerprint",
    "build_info",
    "logistic_loss_gradient",
    "min_hash_of_features",
    "moves_of_lessons",
    "multiply_add_in_registers",
    "network",
    "network_loss_gradient",
    "neuron",
    "pack_features",
    "sigmoid",
    "sigmoid_derivative",
    "size_of_plain_request",
    "streaming_copy",
    "unpack_features",
]

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

_Message: TypeAlias = bytes | str
_Label: TypeAlias = Literal["spam", "unsure", "ham"]
_Verdict: TypeAlias = tuple[_Label, float, bool]
_Named: TypeAlias = tuple[str, str, float]

def streaming_copy(x: NDArray[np.float32], out: NDArray[np.float32]) -> None: ...
def multiply_add_in_registers(rounds: int) -> float: ...

@final
class CompactWeights:
    def __new__(cls, weights: Any, format: Literal["float32", "bfloat16", "int8"]) -> Self: ...
    @property
    def format(self) -> str: ...
    @property
    def nbytes(self) -> int: ...
    def neuron(self, X: Any, bias: float = 0.0) -> NDArray[np.float32]: ...
    def __len__(self) -> int: ...

@final
class Vectorizer:
    def __new__(cls, specification: str, hash_key: bytes) -> Self: ...
    @property
    def n_features(self) -> int: ...
    def transform(
        self, messages: list[_Message]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]: ...

@final
class Model:
    @staticmethod
    def build(
        specification: str,
        hash_key: bytes,
        layers: Sequence[tuple[NDArray[np.float32], NDArray[np.float32], str]],
        calibration: tuple[float, float],
        thresholds: tuple[float, float],
        training: str,
    ) -> Model: ...
    @staticmethod
    def from_bytes(data: bytes, behind: bool = False) -> Model: ...
    @staticmethod
    def from_path(path: str | PathLike[str], behind: bool = False) -> Model: ...
    @staticmethod
    def from_delta(data: bytes, base: Model) -> Model: ...
    def moved(
        self,
        slots: NDArray[np.uint32],
        steps: NDArray[np.int16],
        unit: float,
        thresholds: tuple[float, float],
        training: str,
    ) -> Model: ...
    def decided(self, thresholds: tuple[float, float], training: str) -> Model: ...
    def to_delta(self) -> bytes: ...
    @property
    def base(self) -> str | None: ...
    def to_bytes(self) -> bytes: ...
    def classify(self, message: _Message) -> _Verdict: ...
    def passages(self, message: _Message) -> list[tuple[str, str]]: ...
    def classify_many(self, messages: list[_Message]) -> list[_Verdict]: ...
    def explain(
        self, message: _Message, most: int | None = None
    ) -> tuple[_Verdict, float, float, list[_Named]]: ...
    def classify_with_features(
        self, message: _Message, most: int
    ) -> tuple[_Verdict, list[_Named], bytes]: ...
    def classify_many_with_features(
        self, messages: list[_Message], most: int
    ) -> list[tuple[_Verdict, list[_Named], bytes]]: ...
    def explain_many(self, messages: list[_Message], most: int) -> list[tuple[_Verdict, list[_Named]]]: ...
    def probabilities(self, messages: list[_Message]) -> NDArray[np.float32]: ...
    def learn(self, message: _Message, is_spam: bool, rate: float) -> None: ...
    @property
    def thresholds(self) -> tuple[float, float]: ...
    @property
    def calibration(self) -> tuple[float, float]: ...
    @property
    def training(self) -> str: ...
    @property
    def specification(self) -> str: ...
    @property
    def feature_space(self) -> str: ...
    @property
    def shape(self) -> list[tuple[int, int]]: ...
    @property
    def hash_key(self) -> bytes: ...
    def layers(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32], _Activation]]: ...
    @property
    def identity(self) -> str: ...

MESSAGE_LIMITS: Final[dict[str, int]]

_Answer: TypeAlias = tuple[bytes, _Label, float, bool, bytes | None]

@final
class Backlog:
    MOST_MILLISECONDS: Final[int]
    def __new__(cls, block_verdicts: int, most_bytes: int) -> Self: ...
    def __len__(self) -> int: ...
    @property
    def ready(self) -> int: ...
    def put(
        self,
        identity: str,
        label: str,
        probability: float,
        features: bytes,
        origin: object,
        message: object = None,
        message_bytes: int = 0,
    ) -> bool: ...
    def first(self, most: int) -> list[tuple[Any, bytes, str, bytes, bytes, bytes, list[Any]]]: ...
    def forget(self, blocks: int) -> int: ...
    def take_lost(self) -> int: ...

def answer_message(
    model: Model, message: _Message, most: int, head: str, middle: str, keep: bool
) -> _Answer: ...
def answer_lines(
    model: Model,
    lines: list[bytes | None],
    most: int,
    *,
    first: int,
    milliseconds: int,
    random: bytes,
    middle: str,
    backlog: Backlog | None = None,
    origin: object = None,
) -> list[tuple[bytes, _Label, float, bool] | None]: ...
def size_of_plain_request(data: bytes) -> int: ...

@final
class Replies:
    def __new__(
        cls,
        model: Model,
        before: bytes,
        middle: str,
        backlog: Backlog | None = None,
        origin: object = None,
    ) -> Self: ...
    def reply(
        self, data: bytes, milliseconds: int, random: bytes, after: bytes
    ) -> tuple[bytes, str, _Label, float, bool, bool] | None: ...

def pack_features(slots: NDArray[np.uint32], values: NDArray[np.float32]) -> bytes: ...
def min_hash_of_features(data: bytes) -> bytes: ...
def unpack_features(data: bytes) -> tuple[NDArray[np.uint32], NDArray[np.float32]]: ...
def base_of_delta(data: bytes) -> str | None: ...
def moves_of_lessons(
    starts: NDArray[np.int64],
    columns: NDArray[np.uint32],
    values: NDArray[np.float32],
    is_spam: NDArray[np.bool_],
    before: NDArray[np.float64],
    width: int,
    strength: float,
    passes: int,
    tolerance: float,
) -> NDArray[np.float64]: ...
def body_fingerprint(message: _Message) -> int: ...

@final
class Examples:
    @property
    def n_rows(self) -> int: ...
    def __new__(cls, X: Any, y: Any, sample_weight: Any) -> Self: ...
    def loss_gradient(
        self, weights: NDArray[np.float64], bias: float
    ) -> tuple[float, NDArray[np.float64], float]: ...
    def ftrl_pass(
        self,
        z: NDArray[np.float64],
        squares: NDArray[np.float64],
        order: NDArray[np.int64],
        *,
        learning_rate: float,
        smoothing: float,
        l1: float,
        l2: float,
        max_weight: float,
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]: ...
    def descent_pass(
        self,
        weights: NDArray[np.float64],
        bias: float,
        steps: int,
        order: NDArray[np.int64],
        *,
        learning_rate: float,
        l2: float,
        max_weight: float,
    ) -> tuple[float, NDArray[np.float64], float, int]: ...
    def dual_pass(
        self,
        coordinates: NDArray[np.float64],
        weights: NDArray[np.float64],
        multiplier: float,
        balance: float,
        order: NDArray[np.int64],
        *,
        c: float,
        rho: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float, tuple[float, float, float]]: ...

@final
class DualTraining:
    def __new__(cls, X: Any, y: Any, sample_weight: Any, *, c: float, stiffness: float) -> Self: ...
    def learn(self, order: NDArray[np.int64], *, steps: int, push: float) -> tuple[float, float, float]: ...
    def slopes(self) -> tuple[float, float, float, NDArray[np.float64]]: ...
    def solution(self) -> tuple[NDArray[np.float64], float]: ...

@final
class NetworkTraining:
    def __new__(
        cls,
        layers: Sequence[tuple[_Floats, _Floats, str]],
        moments: Sequence[tuple[_Floats, _Floats]] | None = None,
        steps: int = 0,
    ) -> Self: ...
    def learn(
        self,
        examples: Examples,
        order: NDArray[np.int64],
        *,
        optimizer: Literal["adam", "sgd"],
        learning_rate: float,
        momentum: float,
        batch_size: int,
        alpha: float,
        dropout: float,
        seed: int,
    ) -> float: ...
    def loss(self, examples: Examples) -> float: ...
    def layers(self) -> list[tuple[Any, Any, _Activation]]: ...
