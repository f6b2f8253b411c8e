"""The layered network as a scikit-learn classifier, trained by backpropagation in mini-batches."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from sigmail import _core
from sigmail._early_stopping import BestSoFar
from sigmail._estimator import BinaryClassifier, TrainingSet, check_choice, check_number, hold_out
from sigmail._initial_layers import ActivationName, Layers, draw_layers
from sigmail.errors import InvalidTypeError, InvalidValueError

__all__ = ["NeuralNetworkClassifier"]

OPTIMIZERS = ("adam", "sgd")
HIDDEN_ACTIVATIONS = ("sigmoid", "tanh", "relu")


class NeuralNetworkClassifier(BinaryClassifier):
    """A feed-forward network with one sigmoid unit at its end, trained on the logistic loss.

    It minimises mean(s * loss) / mean(s) + alpha / 2 * sum(W²) over the weights of all layers, with s the
    sample weight times the class weight. Sparse input is never made dense, and a batch costs what is in it,
    whatever the width of the table: the weights of an input move in the batches where the input is not 0.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default (16,)
        The widths of the hidden layers; () leaves the bare neuron.
    activation : {"sigmoid", "tanh", "relu"}, default "tanh"
        Of the hidden layers.
    optimizer : {"adam", "sgd"}, default "adam"
    learning_rate : float > 0, default 0.01
    momentum : float in [0, 1), default 0.9
        Of the optimizer "sgd".
    alpha : float >= 0, default 1e-6
        The L2 penalty beside the mean loss, as the ``alpha`` of scikit-learn's ``SGDClassifier``. Adam takes
        out the size of a gradient, so with it even a small one weighs on the inputs that are rare.
    input_dropout : float in [0, 1), default 0.0
        The share of input values left out, drawn anew for each batch.
    batch_size : int >= 1, default 64
    max_iter : int >= 1, default 50
        Passes over the rows. On sparse text two or three generalise best.
    tol : float >= 0, default 1e-4
        Training ends when the loss has not fallen by so much for ``n_iter_no_change`` passes.
    class_weight : dict, "balanced" or None, default None
    early_stopping : bool, default False
        Hold rows out; end when their loss has not fallen for ``n_iter_no_change`` passes, and keep the
        weights that were best on them.
    validation_fraction : float in (0, 1), default 0.1
    n_iter_no_change : int >= 1, default 5
    warm_start : bool, default False
        Start from the weights of the last ``fit``.
    random_state : int, RandomState or None, default None
        Of the first weights, the order of rows, the dropout and the held-out rows.

    Attributes
    ----------
    layers_ : list of (W, b, activation)
        W is (n_in, n_out), b is (n_out,); the form that ``sigmail.network`` takes.
    classes_ : (2,), sorted; ``classes_[1]`` is the one that the last unit speaks for
    n_features_in_, n_iter_ : int
    loss_curve_ : list of float, the mean loss of each pass, each batch before it was learnt
    validation_loss_curve_ : list of float, with early stopping alone

    Examples
    --------
    >>> from sigmail.network import NeuralNetworkClassifier
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["ham", "spam", "spam", "ham"]
    >>> network = NeuralNetworkClassifier((4,), learning_rate=0.1, max_iter=500, random_state=0)
    >>> network.fit(X, y).predict(X).tolist()
    ['ham', 'spam', 'spam', 'ham']
    """

    layers_: Layers
    n_iter_: int
    loss_curve_: list[float]
    _training: _core.NetworkTraining

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (16,),
        *,
        activation: ActivationName = "tanh",
        optimizer: Literal["adam", "sgd"] = "adam",
        learning_rate: float = 0.01,
        momentum: float = 0.9,
        alpha: float = 1e-6,
        input_dropout: float = 0.0,
        batch_size: int = 64,
        max_iter: int = 50,
        tol: float = 1e-4,
        class_weight: dict[Any, float] | str | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.alpha = alpha
        self.input_dropout = input_dropout
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows X, (n, n_features) dense or CSR, and their labels y, (n,) of two classes."""
        self._check_parameters()
        rows = self._training_set(X, y, sample_weight, reset=True)
        random = check_random_state(self.random_state)
        held_out = None
        if self.early_stopping:
            rows, kept_back = hold_out(rows, self.validation_fraction, random)
            held_out = kept_back.examples()
        examples = rows.examples()
        self._begin(rows, random, keep=self.warm_start and hasattr(self, "layers_"))
        plateau = BestSoFar(self.n_iter_no_change, self.tol)
        best = BestSoFar(self.n_iter_no_change)
        stopped = False
        while not stopped and self.n_iter_ < self.max_iter:
            stopped = plateau.offer(self._pass(examples, random.permutation(len(rows))))
            if held_out is not None:
                stopped = best.offer(self._training.loss(held_out), self._training.layers)
        if held_out is not None:
            self._training, self.validation_loss_curve_ = _core.NetworkTraining(best.kept), best.losses
        self.layers_ = self._training.layers()
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from further rows, once, in batches and in their order, from the weights so far.

        The first call on an unfitted classifier needs ``classes``, both of them.
        """
        self._check_parameters()
        first = not hasattr(self, "layers_")
        rows = self._further_set(X, y, classes, sample_weight, first=first)
        if first:
            self._begin(rows, check_random_state(self.random_state), keep=False)
        self._pass(rows.as_type(self.layers_[0][0].dtype).examples(), np.arange(len(rows)))
        self.layers_ = self._training.layers()
        return self

    def _begin(self, rows: TrainingSet, random: np.random.RandomState, *, keep: bool) -> None:
        """Draw the layers unless the old ones are kept, and start the optimizer and the curve."""
        widths = [rows.X.shape[1], *self.hidden_layer_sizes, 1]
        if not keep:
            self.layers_ = draw_layers(widths, self.activation, rows.X.dtype, random)
        elif [len(weights) for weights, _, _ in self.layers_] != widths[:-1]:
            raise InvalidValueError(
                f"warm_start needs the layer widths of the last fit, got {widths}: set warm_start=False"
            )
        layers: Layers = [
            (W.astype(rows.X.dtype), b.astype(rows.X.dtype), name) for W, b, name in self.layers_
        ]
        self._random, self._training = random, _core.NetworkTraining(layers)
        self.loss_curve_, self.n_iter_ = [], 0

    def _pass(self, examples: _core.Examples, order: npt.NDArray[np.int64]) -> float:
        loss = self._training.learn(
            examples,
            order,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            batch_size=self.batch_size,
            alpha=self.alpha,
            dropout=self.input_dropout,
            seed=int(self._random.randint(2**31)),
        )
        self.loss_curve_.append(loss)
        self.n_iter_ += 1
        return loss

    def _logits(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        *hidden, (weights, bias, _) = self.layers_
        return self._forward(X, [*hidden, (weights, bias, "identity")])

    def _positive_probabilities(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        return self._forward(X, self.layers_)

    def _forward(self, X: Any, layers: Layers) -> npt.NDArray[np.floating[Any]]:
        dtype = X.dtype
        cast: Layers = [(w.astype(dtype, copy=False), b.astype(dtype), name) for w, b, name in layers]
        return np.asarray(_core.network(X, cast)[:, 0])

    def _check_parameters(self) -> None:
        if not isinstance(self.hidden_layer_sizes, tuple | list):
            raise InvalidTypeError(
                f"hidden_layer_sizes must be a tuple of whole numbers, got {self.hidden_layer_sizes!r}: "
                "write (16,) for one hidden layer"
            )
        for size in self.hidden_layer_sizes:
            check_number("each of hidden_layer_sizes", size, least=1, whole=True)
        check_choice("activation", self.activation, HIDDEN_ACTIVATIONS)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_number("learning_rate", self.learning_rate, above=0.0)
        check_number("momentum", self.momentum, least=0.0, below=1.0)
        check_number("alpha", self.alpha, least=0.0)
        check_number("input_dropout", self.input_dropout, least=0.0, below=1.0)
        check_number("tol", self.tol, least=0.0)
        check_number("validation_fraction", self.validation_fraction, above=0.0, below=1.0)
        for name in ("batch_size", "max_iter", "n_iter_no_change"):
            check_number(name, getattr(self, name), least=1, whole=True)


class _CallableModule(ModuleType):
    """Keeps ``sigmail.network(X, layers)`` a call: importing this module puts it in the function's place."""

    def __call__(self, X: Any, layers: Any) -> Any:
        return _core.network(X, layers)


sys.modules[__name__].__class__ = _CallableModule
