import pandas as pd
import pytest

from rcnn.model import tuned_on
from surveys.errors import SkymovieError


def test_the_table_comes_back_as_it_was(toy, tmp_path):
    table = tuned_on.of(toy(7))
    table.loc[0, "object_id"] = "0012"  # a name, not a number
    table.loc[1, "object_id"] = "NA"
    tuned_on.write(tmp_path, table)
    pd.testing.assert_frame_equal(tuned_on.read(tmp_path), table)


def test_where_nothing_was_tuned_on_there_is_no_file(tmp_path):
    tuned_on.write(tmp_path, tuned_on.none())
    assert not list(tmp_path.iterdir())
    assert tuned_on.read(tmp_path).empty


def test_movies_that_are_in_the_table_are_left_out_and_counted(toy, capsys):
    movies = toy(14)
    table = tuned_on.of(movies.select(movies.label == 4))
    assert 4 not in tuned_on.others(movies, table).label
    assert "note: 2 real movies left out" in capsys.readouterr().err
    assert tuned_on.others(movies, tuned_on.none()) is movies
    assert not capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", '"object_id\n'])
def test_a_damaged_table_is_named(tmp_path, content):
    (tmp_path / tuned_on.FILE).write_text(content)
    with pytest.raises(SkymovieError, match=r"tuned_on\.csv: expected a table"):
        tuned_on.read(tmp_path)
