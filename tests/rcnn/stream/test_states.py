import sqlite3

import numpy as np
import pytest

from rcnn.stream.states import REMEMBERED, States, layout
from surveys.errors import SkymovieError, UsageError

SHAPE = {"stamp_size": 5, "classes": 7, "conditions": 2, "references": 2, "memory": 8}
NAMES = ("sky", "zero_point")


@pytest.fixture
def states(tmp_path):
    made = States(tmp_path / "states.db", "model a")
    with made.transaction():
        made.lay_out(SHAPE, NAMES)
    yield made
    made.close()


def some(n, seed=0, counts=True):
    """Records full of random numbers."""
    rng = np.random.default_rng(seed)
    records = np.zeros(n, layout("f4", **SHAPE))
    for name in records.dtype.names:
        records[name] = rng.normal(100, 30, records[name].shape)
    records["stamps"] = rng.integers(0, 65536, records["stamps"].shape)
    if not counts:
        records["stamps"] += 0.25
    return records


def put(states, names, records):
    with states.transaction():
        states.write(names, records)


def test_records_come_back_as_they_were(states):
    """Stamps of whole counts, stamps of fractions, and negative ones."""
    records = np.concatenate([some(3), some(3, 1, counts=False), some(2, 2)])
    records["stamps"][-1] = -3
    names = list("hgfedcba")
    put(states, names, records)
    order = [3, 0, 7, 2, 5]
    np.testing.assert_array_equal(states.read([names[i] for i in order]), records[order])
    assert len(states) == 8


def test_whole_counts_take_half_the_room(states):
    put(states, ["counts", "fractions"], np.concatenate([some(1), some(1, 1, counts=False)]))
    sizes = dict(states._db.execute("SELECT object_id, length(state) FROM states"))
    assert sizes["counts"] == layout("u2", **SHAPE).itemsize
    assert sizes["fractions"] - sizes["counts"] == 2 * 5 * 5 * 2


def test_an_object_of_table_3_takes_less_than_7_kilobytes():
    paper = {**SHAPE, "stamp_size": 21, "memory": 512}
    assert layout("u2", **paper).itemsize == 6776
    lstm, stamps, answers = 2 * 512 * 4, 2 * 21 * 21 * 2, REMEMBERED * (8 + 4 + 7 * 4)
    assert lstm + stamps + answers == 6776 - (4 + 8 + 2 * 4 + 2 * 2 * 4)


def test_unknown_objects_have_empty_records(states):
    put(states, ["b"], some(1))
    found = states.read(["a", "b", "c"])
    assert found["n_images"].tolist() == [0, some(1)["n_images"][0], 0]
    assert np.isnan(found["reference"][[0, 2]]).all()
    assert not found["output"][[0, 2]].any()


def test_more_objects_than_a_query_has_room_for(states):
    names = [f"star {k:04d}" for k in range(1203)]
    records = some(1203)
    put(states, names, records)
    np.testing.assert_array_equal(states.read(names[::-1]), records[::-1])


def test_what_is_left_in_the_middle_is_undone(states):
    put(states, ["a"], some(1))

    def interrupted():
        with states.transaction():
            states.write(["a", "b"], some(2, 5))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(states) == 1
    np.testing.assert_array_equal(states.read(["a"]), some(1))


def test_they_are_there_when_opened_again(states, tmp_path):
    put(states, ["a"], some(1))
    states.close()
    again = States(tmp_path / "states.db", "model a")
    assert again.laid_out
    np.testing.assert_array_equal(again.read(["a"]), some(1))
    again.close()


def test_states_of_another_model_are_refused(states, tmp_path):
    with pytest.raises(UsageError, match=r"states of this model \(model b…\), got .*\(model a…\)"):
        States(tmp_path / "states.db", "model b")


@pytest.mark.parametrize(("name", "value"), [("stamp_size", 7), ("conditions", 3)])
def test_images_of_another_kind_are_refused(states, name, value):
    with pytest.raises(UsageError, match=f"{name.replace('_', ' ')} {SHAPE[name]}.*got {value}"):
        states.lay_out({**SHAPE, name: value}, NAMES)


def test_conditions_of_another_name_are_refused(states):
    with pytest.raises(UsageError, match="names sky zero_point, as those before, got sky seeing"):
        states.lay_out(SHAPE, ("sky", "seeing"))


def test_other_files_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("these are no states, but words enough for a header of SQLite, or more " * 9)
    with pytest.raises(SkymovieError, match=r"notes\.txt: expected a file of states"):
        States(text, "m")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE places (name TEXT)")
    db.close()
    before = other.read_bytes()
    with pytest.raises(UsageError, match="database of something else"):
        States(other, "m")
    assert other.read_bytes() == before


def test_states_of_another_version_are_refused(states, tmp_path):
    states._db.execute("UPDATE description SET value = '0' WHERE name = 'format'")
    states.close()
    with pytest.raises(SkymovieError, match="states of format 1, got format 0"):
        States(tmp_path / "states.db", "model a")


def test_a_damaged_record_is_named(states):
    put(states, ["a"], some(1))
    states._db.execute("UPDATE states SET state = x'00'")
    with pytest.raises(SkymovieError, match="bytes of a, got 1"):
        states.read(["a"])


def test_a_folder_in_the_way_is_named(tmp_path):
    with pytest.raises(SkymovieError, match="unable to open"):
        States(tmp_path, "m")
