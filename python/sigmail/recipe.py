"""How a filter is trained: every choice in one value, with the starter model's as the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sigmail.errors import InvalidValueError
from sigmail.features import MessageVectorizer
from sigmail.logistic import LogisticClassifier
from sigmail.network import NeuralNetworkClassifier

__all__ = ["Algorithm", "Classifier", "Recipe"]

Algorithm = Literal["logistic", "network"]
Classifier = LogisticClassifier | NeuralNetworkClassifier


@dataclass(frozen=True)
class Recipe:
    """How a filter is trained; the defaults are those of the starter model.

    Attributes
    ----------
    algorithm
        ``"logistic"``: one neuron. ``"network"``: hidden layers before it.
    C
        The inverse of the penalty on the weights, as in scikit-learn; of the neuron. Rows have a length of at
        most 1, so that weights have to be large to decide: hence the large value.
    log_odds
        Where the weights start and the penalty pulls them to, of the neuron: so many times the log-odds that
        naive Bayes gives each feature; 0 starts from 0. With this or the rarity the weights learn beside the
        log-odds of the kinds, so that no feature has to say which kind is the rarer.
    rarity
        How much more easily the weight of a rare feature moves, of the neuron: the penalty is on the weight
        over log(messages / messages with the feature) to this power; 0 is plain logistic regression.
    hidden_layer_sizes
        Neurons of each hidden layer; of the network.
    epochs
        Passes over the messages; of the network.
    profile
        What of a message is read, see :class:`~sigmail.features.MessageVectorizer`.
    table_bits
        The table has 2 ** table_bits slots; None takes 18 for a neuron and 15 for a network, whose table
        has a column a hidden neuron.
    word_pairs, gram_lengths, gram_prefix
        See :class:`~sigmail.features.MessageVectorizer`.
    max_false_positive_rate
        ``spam_from`` is chosen so that no larger share of held-out ham is called spam.
    max_miss_rate
        ``ham_below`` is chosen so that no larger share of held-out spam is called ham.
    cautious
        Whether the thresholds keep these rates in each of the folds that are held out, rather than in all
        together. With groups that keep mail of one kind together, such as a mailing list's, each fold is mail
        of kinds that were not trained on, as the mail to come may be.
    """

    algorithm: Algorithm = "logistic"
    C: float = 1000.0
    log_odds: float = 0.1
    rarity: float = 0.5
    hidden_layer_sizes: tuple[int, ...] = (16,)
    epochs: int = 10
    profile: str = "content"
    table_bits: int | None = None
    word_pairs: bool = False
    gram_lengths: tuple[int, ...] = (4,)
    gram_prefix: int = 3000
    max_false_positive_rate: float = 0.001
    max_miss_rate: float = 0.01
    cautious: bool = False

    @classmethod
    def short_texts(cls) -> Recipe:
        """Return what suits messages of a line or two, such as SMS: nearly naive Bayes, on shorter byte runs.

        So few words repeat that what each is worth is better counted than fitted.
        """
        return cls(C=0.3, log_odds=1.0, gram_lengths=(2, 5))

    def __post_init__(self) -> None:
        if self.algorithm not in get_args(Algorithm):
            allowed = " or ".join(f'"{name}"' for name in get_args(Algorithm))
            raise InvalidValueError(f"the algorithm must be {allowed}, got {self.algorithm!r}")

    def vectorizer(self, seed: int | None) -> MessageVectorizer:
        """Return an unfitted vectorizer; without a seed it will draw its key from the operating system."""
        bits = (
            self.table_bits
            if self.table_bits is not None
            else {"logistic": 18, "network": 15}[self.algorithm]
        )
        return MessageVectorizer(
            table_bits=bits,
            profile=self.profile,
            word_pairs=self.word_pairs,
            gram_lengths=self.gram_lengths,
            gram_prefix=self.gram_prefix,
            random_state=seed,
        )

    def classifier(self, seed: int | None) -> Classifier:
        """Return an unfitted classifier."""
        if self.algorithm == "logistic":
            # Without a bias a message of no words is even odds, and not what the long ones leave over.
            return LogisticClassifier(
                C=self.C, fit_intercept=False, solver="dual", max_iter=1000, tol=1e-5, random_state=seed or 0
            )
        return NeuralNetworkClassifier(
            hidden_layer_sizes=self.hidden_layer_sizes, max_iter=self.epochs, random_state=seed or 0
        )
