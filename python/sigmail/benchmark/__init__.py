"""The kernels beside their peers on this machine: what ``sigmail bench`` runs.

``cases`` says what is compared and by which bar, ``race`` times it interleaved in one process, ``report``
runs the processes (one thread, another instruction set, two threads) and puts their answers together. NumPy
is needed; SciPy, scikit-learn, PyTorch and ONNX Runtime take part where they are installed, as
``pip install 'sigmail[bench]'`` does.
"""
