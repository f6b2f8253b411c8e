"""Tables of labelled texts: CSV, TSV, JSON Lines, and what people make of them."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigmail import corpus
from sigmail.errors import InvalidValueError, MessageError


@pytest.fixture
def table(tmp_path):
    """Write bytes to a file and read them as a table of (label, text)."""

    def read(data, **columns):
        path = tmp_path / "table"
        path.write_bytes(data)
        return [(item.label, item.message) for item in corpus.read_table(path, **columns)]

    return read


PAIRS = [("spam", "win, now"), ("ham", "see you")]


@pytest.mark.parametrize(
    "data",
    [
        b'label,text\nspam,"win, now"\nham,see you\n',
        b'Text,Class\r\n"win, now",1\r\nsee you,0\r\n',
        b'ID,AUTHOR,CONTENT,label\n1,a,"win, now",1\n2,b,see you,0\n',
        b'\xef\xbb\xbfv1,v2,,,\nspam,"win, now",,,\nham,see you,,,\n',
        b"category\tmessage\nspam\twin, now\nham\tsee you\n",
        b"spam\twin, now\n\nham\tsee you",
        b'junk,"win, now"\ngood,see you\n',
        b"label;body\nTRUE;win, now\nFALSE;see you\n",
        b'{"label": "spam", "text": "win, now"}\n\n{"text": "see you", "label": "ham"}\n',
        b'\xef\xbb\xbf {"CLASS": true, "Message": "win, now"}\r\n{"CLASS": false, "Message": "see you"}',
        b'{"spam": 1, "text": "win, now"}\n{"spam": 0.0, "text": "see you"}\n',
    ],
)
def test_usual_tables_need_no_option(table, data):
    assert table(data) == PAIRS
    assert table(gzip.compress(data)) == PAIRS


@pytest.mark.parametrize(
    "data",
    [
        b'verdict,words\n1,"win, now"\n0,see you\n',
        b'{"verdict":1,"words":"win, now"}\n{"verdict":"no","words":"see you"}\n',
    ],
)
def test_unusual_columns_are_named_by_options(table, data):
    assert table(data, label_column="Verdict", text_column="words") == PAIRS
    with pytest.raises(
        MessageError, match=r"'verdict', 'words'; name both \(--label-column, --text-column\)"
    ):
        table(data)


def test_an_option_goes_before_a_usual_name(table):
    data = b"label,text,subject,certain\nspam,a,b,ham\n"
    assert table(data, label_column="certain", text_column="subject") == [("ham", "b")]


def test_tabs_part_literally_so_that_quotes_stay_what_they_are(table):
    assert table(b'ham\t"Hi" she said\nspam\t"unbalanced\nham\ta\tb\n') == [
        ("ham", '"Hi" she said'),
        ("spam", '"unbalanced'),
        ("ham", "a\tb"),
    ]


def test_a_line_that_is_no_utf8_is_windows_1252(table):
    assert table("spam\t£100\nham\tüber\n".encode("cp1252") + "ham\t£\n".encode()) == [
        ("spam", "£100"),
        ("ham", "über"),
        ("ham", "£"),
    ]


def test_a_field_above_the_csv_modules_own_limit_is_read(table):
    text = "win " * 100_000
    assert table(f"label,text\nspam,{text}\n".encode()) == [("spam", text)]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["spam", "ham"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=30),
        ),
        min_size=1,
    )
)
def test_what_the_csv_and_json_modules_write_comes_back(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("tables")
    text = io.StringIO()
    csv.writer(text).writerows([("label", "text"), *pairs])
    (folder / "a.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    lines = [json.dumps({"label": label, "text": words}) for label, words in pairs]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for name in ("a.csv", "a.jsonl"):
        assert [(item.label, item.message) for item in corpus.read_table(folder / name)] == pairs


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no column of the labels"),
        (b"label,text\n", "holds no message"),
        (b"one,two\n1,2\n", "among 'one', 'two'"),
        (b"label,text\nspam,x\nmaybe,y\n", "line 3: label 'maybe' is unknown"),
        (b"label,text\n,y\n", "line 2: label '' is unknown"),
        (b"id,label,text\n1,spam,a\n2,spam\n", "line 3: expected 3 columns or more, got 2"),
        (b'label,text\nspam,"' + b"x" * 40 + b"\n" * 9 + b"\r\x00", ""),
        (b"spam\tx\nham y\n", "line 2: expected 2 columns or more, got 1"),
        (b"\xff\xfel\x00a\x00", "UTF-16"),
        (b'{"label": 1, "text": "x"}\n{"label": 1', "line 2: not JSON"),
        (b'{"label": 1, "text": "x"}\n[1, 2]', "line 2: expected an object, got list"),
        (b'{"label": 1, "text": 7}', "line 1: 'text' must be a text, not int"),
        (b'{"label": 1, "text": null}', "line 1: 'text' must be a text, not NoneType"),
        (b'{"label": null, "text": "x"}', "line 1: label 'None' is unknown"),
        (b'{"label": {"a": 1}, "text": "x"}', "line 1: label"),
        (b'{"subject": "x"}', "line 1: no column of the labels"),
        (b'{"label":' * 100_000, "line 1: not JSON"),
        (b'{"label": ' + b"1" * 10_000 + b', "text": "x"}', "line 1: "),
    ],
)
def test_a_bad_table_is_a_clear_error_with_its_line(table, data, says):
    if not says:
        assert table(data)[0][0] == "spam"  # An open quote takes the rest: bounded, and no crash.
        return
    with pytest.raises(MessageError, match=says):
        table(data)


def test_an_open_quote_cannot_swallow_a_file_without_bound(table):
    lines = b'label,text\nspam,"' + (b"x" * 1023 + b"\n") * (corpus.MAX_MESSAGE_BYTES // 1024 + 1)
    with pytest.raises(MessageError, match=r"field larger than field limit .* is a quote left open"):
        table(lines)


def test_a_line_above_the_cap_is_a_clear_error(table):
    with pytest.raises(MessageError, match="line 2: above the 32 MiB a line may have"):
        table(b"spam\tx\nham\t" + b"y" * corpus.MAX_MESSAGE_BYTES)


@pytest.mark.parametrize("value", ["spam", "SPAM ", 1, 1.0, "1", True, "true", "yes", "Junk"])
def test_words_for_spam(value):
    assert corpus.parse_label(value) == "spam"


@pytest.mark.parametrize(
    "value", ["ham", "Ham", 0, 0.0, "0", False, "FALSE", "no", "good", "not spam", "non-spam"]
)
def test_words_for_ham(value):
    assert corpus.parse_label(value) == "ham"


@pytest.mark.parametrize("value", ["", None, 2, -1, "eggs", float("nan")])
def test_other_words_are_refused(value):
    with pytest.raises(InvalidValueError, match="is unknown"):
        corpus.parse_label(value)
