"""Statements that are compiled once do what SQLAlchemy does with them each time."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, select

from sigmail_service.storage.moments import new_id
from sigmail_service.storage.prepared import Prepared
from sigmail_service.storage.tables import LESSONS

NAMES = tuple(LESSONS.columns.keys())
BY_LABEL = select(LESSONS.c.id, LESSONS.c.features, LESSONS.c.counted).where(
    LESSONS.c.tenant == bindparam("tenant"), LESSONS.c.label == bindparam("label")
)
ROWS = st.fixed_dictionaries(
    {
        "id": st.builds(new_id),
        "tenant": st.sampled_from(["a", "b%s", "?:c"]),
        "feature_space": st.just("space"),
        "fingerprint": st.builds(new_id),
        "counted": st.booleans(),
        "label": st.sampled_from(["spam", "ham"]),
        "at": st.integers(0, 2**62),
        "key_id": st.just("k"),
        "features": st.binary(max_size=50),
        "likeness": st.integers(0, 2**63 - 1),
        "message": st.none() | st.binary(max_size=20),
        "is_mail": st.none() | st.booleans(),
    }
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=5, unique_by=lambda row: row["id"]))
def test_what_is_inserted_and_found_is_the_same_as_by_sqlalchemy(storage, rows):
    insert, find = Prepared(LESSONS.insert(), NAMES), Prepared(BY_LABEL)
    with storage.write() as connection:
        connection.execute(delete(LESSONS))
        for row in rows:
            insert.run(connection, row)
        stored = {found["id"]: dict(found) for found in connection.execute(select(LESSONS)).mappings()}
        assert stored == {row["id"]: row for row in rows}
        for row in rows:
            asked = {"tenant": row["tenant"], "label": row["label"]}
            quick = find.run(connection, row | asked).all()
            slow = connection.execute(BY_LABEL, asked).all()
            assert sorted(map(tuple, quick)) == sorted(map(tuple, slow))
            assert quick
