"""The kernels beside their peers on this machine: what ``sigmail bench`` runs.

``cases`` says what is compared and by which bar, ``race`` times it interleaved in one process, ``scaling``
times one thread and two in turn, ``report`` runs it all and ``tables`` writes it down. NumPy is needed;
SciPy, scikit-learn, PyTorch and ONNX Runtime take part where they are installed, as
``pip install 'sigmail[bench]'`` does.
"""
