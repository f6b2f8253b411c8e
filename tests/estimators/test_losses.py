"""Each derivative is the slope of its value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmail.losses import elastic_net, elastic_net_derivative, logistic_loss, logistic_loss_derivative

STEP = 1e-6


@given(st.floats(-30, 30), st.sampled_from([0.0, 0.3, 1.0]))
def test_loss_derivative_is_the_slope(logit, target):
    up, down = (logistic_loss(np.array([logit + step]), target)[0] for step in (STEP, -STEP))
    slope = (up - down) / (2 * STEP)
    assert logistic_loss_derivative(np.array([logit]), target)[0] == pytest.approx(slope, abs=1e-7)


@given(st.floats(-700, 700))
def test_loss_is_minus_the_log_of_the_probability(logit):
    losses = [logistic_loss(np.array([logit]), target)[0] for target in (1.0, 0.0)]
    np.testing.assert_allclose(losses, np.logaddexp(0.0, [-logit, logit]), rtol=1e-9)


def test_loss_far_out_is_the_distance():
    np.testing.assert_array_equal(
        logistic_loss(np.array([-1e300, 1e300]), np.array([1.0, 1.0])), [1e300, 0.0]
    )


def test_penalty_derivative_is_the_slope():
    weights = np.array([0.5, -2.0, 3.0])
    for place in range(3):
        step = STEP * np.eye(3)[place]
        slope = (elastic_net(weights + step, 0.7, 0.2) - elastic_net(weights - step, 0.7, 0.2)) / (2 * STEP)
        assert elastic_net_derivative(weights, 0.7, 0.2)[place] == pytest.approx(slope)
