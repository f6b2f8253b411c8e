"""Lines out of chunks: the same lines however the stream was cut, and never more held than the limit."""

from hypothesis import given
from hypothesis import strategies as st

from sigmail_service.ndjson import blocks_of_lines

LINES = st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=30)


def wanted(lines, limit):
    return [
        None if len(line) > limit else line.strip() for line in lines if len(line) > limit or line.strip()
    ]


@given(
    lines=LINES,
    cuts=st.lists(st.integers(1, 20), min_size=1),
    limit=st.integers(1, 12),
    most=st.integers(1, 5),
)
def test_the_cuts_of_the_stream_do_not_matter(lines, cuts, limit, most):
    stream = b"\n".join(lines)
    chunks = []
    position = 0
    while position < len(stream):
        size = cuts[len(chunks) % len(cuts)]
        chunks.append(stream[position : position + size])
        position += size
    blocks = list(blocks_of_lines(chunks, limit, most))
    assert [line for block in blocks for line in block] == wanted(lines, limit)
    assert all(1 <= len(block) <= most for block in blocks)


def test_a_line_is_given_out_before_the_next_chunk_is_asked_for():
    asked = []

    def chunks():
        for number in range(3):
            asked.append(number)
            yield b"line %d\n" % number

    blocks = blocks_of_lines(chunks(), 100, 10)
    assert next(blocks) == [b"line 0"]
    assert asked == [0]


def test_an_endless_line_is_forgotten_while_it_comes():
    def chunks():
        for _ in range(10_000):
            yield b"x" * 1000
        yield b"\nshort\n"

    assert list(blocks_of_lines(chunks(), 5000, 10)) == [[None, b"short"]]
