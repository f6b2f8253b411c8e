"""``sigmail.network`` is a function and a module, whichever is asked for first."""

from __future__ import annotations

import subprocess
import sys

import pytest

LAYER = "(np.array([[7.0], [3.0]]), np.array([-2.0]))"
CALL = f"assert sigmail.network([1.0, 0.0], [{LAYER}]).round(4).item() == 0.9933"
CLASS = "from sigmail.network import NeuralNetworkClassifier; NeuralNetworkClassifier()"


@pytest.mark.parametrize("order", [(CALL, CLASS, CALL), (CLASS, CALL)])
def test_the_function_and_the_module_of_one_name_do_not_hide_each_other(order):
    code = "\n".join(["import numpy as np", "import sigmail", *order])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
