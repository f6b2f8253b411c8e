"""The letters of the slow twin: to which class they belong, and what a word passes for."""

# ruff: noqa: RUF001 - Letters that look like others are what is tested.

from __future__ import annotations

import re
import unicodedata

INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Those of the letters that take no room which the tests use."""

LOOK_ALIKES = dict(zip("аеіорсухѕјԁһ", "aeiopcyxsjdh", strict=True))
"""Those of the look-alikes of Unicode TR 39 which the tests use, each small."""

UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30fa\u3400-\u9fff]")
"""Scripts whose words no spaces divide, as far as the tests go."""


def is_invisible(letter: str) -> bool:
    return letter in INVISIBLE


def class_of(letter: str) -> str:
    """What a letter is: of a word, a joiner of its letters, of a script without spaces, a mark, a space."""
    if letter in "'-_\u2019":
        return "joiner"
    if UNSPACED.match(letter):
        return "unspaced"
    if letter.isalnum() or letter == "$" or is_invisible(letter) or unicodedata.combining(letter):
        return "word"
    return "space" if letter.isspace() else "mark"


def classes_of(text: str) -> list[str]:
    """The class of each letter, with joiners as what they are at their place."""
    plain = ["space", *(class_of(letter) for letter in text), "space"]
    found = []
    for before, here, after in zip(plain, plain[1:], plain[2:], strict=False):
        joins = here == "joiner" and before == after == "word"
        found.append("word" if joins else "mark" if here == "joiner" else here)
    return found


def fold(word: str) -> tuple[str, bool]:
    """What a word passes for, and whether its letters are disguised; see the core's ``fold``."""
    visible = [letter for letter in word if not is_invisible(letter)]
    hidden = len(visible) < len(word)
    read, disguised, styled = [], False, False
    for letter in visible:
        base = unicodedata.normalize("NFD", letter)[0]
        compatible = unicodedata.normalize("NFKD", base)
        if letter == "\u2019":
            read.append("'")
        elif unicodedata.combining(base):
            continue
        elif base.isascii():
            read.append(base.lower())
        elif len(compatible) == 1 and compatible.isascii() and compatible.isalnum():
            read.append(compatible.lower())
            disguised = styled = True
        elif base.lower() in LOOK_ALIKES:
            read.append(LOOK_ALIKES[base.lower()])
            disguised = True
        else:
            break
    else:
        latin = any(letter.isascii() and letter.isalpha() for letter in word)
        if hidden or not disguised or latin or styled:
            return "".join(read), hidden or disguised
    return lower(unicodedata.normalize("NFKC", "".join(visible))), hidden


def lower(text: str) -> str:
    """Lower case letter by letter: no letter's case hangs on its neighbours."""
    return "".join(letter.lower() for letter in text)
