"""A neuron without a bias."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from sigmail.errors import InvalidValueError
from sigmail.logistic import LogisticClassifier


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(7)
    X = random.normal(size=(200, 6)) + 0.5
    y = (X @ random.normal(size=6) + random.normal(size=200) > 0.3).astype(int)
    return X, y


@pytest.mark.parametrize("solver", ["lbfgs", "dual", "gd"])
@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
def test_it_finds_the_weights_that_scikit_learn_finds(rows, solver, make):
    X, y = rows
    ours = LogisticClassifier(fit_intercept=False, solver=solver, max_iter=5000, tol=1e-9, random_state=0)
    theirs = LogisticRegression(fit_intercept=False, max_iter=5000, tol=1e-10)
    ours.fit(make(X), y)
    assert ours.intercept_.tolist() == [0.0]
    np.testing.assert_allclose(ours.coef_, theirs.fit(X, y).coef_, atol=1e-5)


@pytest.mark.parametrize("solver", ["sgd", "ftrl"])
def test_learning_row_by_row_says_that_it_always_has_one(rows, solver):
    with pytest.raises(InvalidValueError, match="fit_intercept=False is for fit"):
        LogisticClassifier(fit_intercept=False, solver=solver).fit(*rows)
