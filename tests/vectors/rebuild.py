"""Write the golden vectors again: ``python tests/vectors/rebuild.py``. See README.md before you do."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from twin import features_of, keyed_hash, pair_hash, sigmoid

HERE = Path(__file__).parent
BUILT_BY = "tests/vectors/rebuild.py from the slow twin in tests/vectors/twin.py"
VERIFIED_BY = "the Rust core in rust/core/tests/vectors.rs and sigmail._core in tests/vectors/test_vectors.py"

KEYS = (bytes(16), bytes(range(16)), b"a key for tests.")
# A word of a body, which the features of a message show as well.
BODY_WORD = (bytes(range(16)), 256, b"word")
TAGS = (0, 1, 4, 263, 772, 65535)
LENGTHS = (0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48)

POINTS = {
    "zero": 0.0,
    "minus zero": -0.0,
    "the sum of the first picture": 5.0,
    "its mirror image": -5.0,
    "one": 1.0,
    "a half": 0.5,
    "the smallest normal number": float(np.finfo(np.float64).tiny),
    "the smallest subnormal number": 5e-324,
    "where float32 rounds to 1": 17.5,
    "where float64 rounds to 1": 37.0,
    "where float32 is subnormal": -100.0,
    "far out in the tail": -700.0,
    "where the result is subnormal": -740.0,
    "where the result rounds to 0": -746.0,
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "no number": float("nan"),
}


def write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(
        {"built_by": BUILT_BY, "verified_by": VERIFIED_BY} | content, ensure_ascii=False, indent=1
    )
    (HERE / name).write_text(text + "\n", encoding="utf-8")


def hash_vectors() -> dict[str, Any]:
    draw = random.Random(1)  # noqa: S311 (test data)
    drawn = [(key, draw.choice(TAGS), draw.randbytes(length)) for key in KEYS for length in LENGTHS]
    tokens = [
        {"key": key.hex(), "tag": tag, "bytes": data.hex(), "hash": f"{keyed_hash(key, tag, data):016x}"}
        for key, tag, data in [BODY_WORD, *drawn]
    ]
    words = [draw.getrandbits(64) for _ in range(4)] + [0, 2**64 - 1]
    pairs = [
        {
            "key": key.hex(),
            "first": f"{a:016x}",
            "second": f"{b:016x}",
            "hash": f"{pair_hash(key, a, b):016x}",
        }
        for key in KEYS
        for a, b in zip(words, words[1:] + words[:1], strict=True)
    ]
    return {"tokens": tokens, "pairs": pairs}


def sigmoid_vectors() -> dict[str, Any]:
    return {"points": [{"name": name, "x": str(x), "sigmoid": str(sigmoid(x))} for name, x in POINTS.items()]}


def feature_vectors() -> dict[str, Any]:
    """The messages stay as they stand in the file; what they hash to is worked out again."""
    content = json.loads((HERE / "features.json").read_text(encoding="utf-8"))
    key = bytes.fromhex(content["hash_key"])
    for message in content["messages"]:
        row = features_of(message["fields"], content["specification"], key)
        values = sorted(set(row.values()))
        message["slots_by_value"] = [
            [float(value), " ".join(str(slot) for slot, found in row.items() if found == value)]
            for value in values
        ]
    return {name: content[name] for name in ("specification", "hash_key", "messages")}


if __name__ == "__main__":
    write("hash.json", hash_vectors())
    write("sigmoid.json", sigmoid_vectors())
    write("features.json", feature_vectors())
