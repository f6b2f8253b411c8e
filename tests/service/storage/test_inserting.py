"""Rows that go in many at once, of which what they share is bound once, are the rows that were given."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from sigmail_service.storage.engine import insert_new
from sigmail_service.storage.moments import new_id
from sigmail_service.storage.tables import VERDICTS

ROWS = st.tuples(
    st.builds(new_id),
    st.sampled_from(["shared", "b%s", "?1"]),
    st.integers(0, 2**62),
    st.sampled_from(["spam", "ham"]),
    st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
    st.just("model"),
    st.sampled_from(["space", "other"]),
    st.none() | st.binary(max_size=50),
    st.none() | st.binary(max_size=20),
    st.none() | st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=200, unique_by=lambda row: row[0]), again=st.booleans())
def test_rows_come_back_as_they_were_given(storage, rows, again):
    with storage.write() as connection:
        connection.execute(delete(VERDICTS))
        insert_new(VERDICTS, connection, rows)
        if again:  # What is there already is left alone, whatever else the row now says.
            insert_new(VERDICTS, connection, [(row[0], "another", *row[2:]) for row in rows])
    with storage.read() as connection:
        found = connection.execute(select(VERDICTS).order_by(VERDICTS.c.id))
        assert [tuple(row) for row in found] == sorted(rows, key=lambda row: row[0])
