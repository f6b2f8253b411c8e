"""Write the seeds of the fuzz targets into a folder: ``python -m tests.abuse.fuzz_seeds FOLDER``.

They are made here, a short message of each hostile family and a small model; no mail of anyone is among them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from tests.abuse import families

from sigmail import _core

SIZES = (64, 600)


def write(folder: Path, name: str, seeds: list[bytes]) -> None:
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (target / f"seed-{number:03}").write_bytes(seed)


def messages(names: list[str]) -> list[bytes]:
    made = [families.ALL[name](size) for name in names for size in SIZES]
    return [seed if isinstance(seed, bytes) else seed.encode("utf-8", "replace") for seed in made]


def html() -> list[bytes]:
    """The documents of the families that are HTML, without the mail around them."""
    mails = [seed.split(b"\n\n", 1) for seed in messages(list(families.CONTENT)) if b"\n\n" in seed]
    return [content for head, content in mails if b"text/html" in head]


def texts() -> list[bytes]:
    words = ["Buy VIAGRA now!!! $1,000", "http://a.example/x?y=1 www.b.example", "v\u200biagra", "送料無料"]
    bodies = [seed.split(b"\n\n", 1)[-1] for seed in messages(list(families.CONTENT))]
    return [word.encode() for word in words] + [body.decode("utf-8", "replace").encode() for body in bodies]


def models() -> list[bytes]:
    """A neuron and a network on the smallest table."""
    vectors = Path(__file__).parents[1] / "vectors" / "features.json"
    specification = json.loads(vectors.read_text(encoding="utf-8"))["specification"] | {"table_bits": 8}
    shapes = [[(256, 1)], [(256, 2), (2, 1)]]

    def layers(shape):
        return [(np.full(size, 0.1, np.float32), np.zeros(size[1], np.float32), "sigmoid") for size in shape]

    return [
        _core.Model.build(
            json.dumps(specification), bytes(16), layers(shape), (1.0, 0.0), (0.2, 0.9), "{}"
        ).to_bytes()
        for shape in shapes
    ]


def main() -> None:
    folder = Path(sys.argv[1])
    write(folder, "mail", messages(list(families.ALL)))
    write(folder, "html", html())
    write(folder, "tokens", texts())
    write(folder, "model_file", models())


if __name__ == "__main__":
    main()
