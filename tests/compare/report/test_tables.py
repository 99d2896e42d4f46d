import pytest

from compare.report.tables import check_equal_terms, check_exam, pick
from surveys.errors import SkymovieError, UsageError

RCNN = (("simulated", "rcnn"),)
FILES = {
    ("real", "rcnn_finetuned"): "a/predictions.parquet",
    ("simulated", "rcnn"): "b/predictions.parquet",
}


def test_finds_what_is_asked_for(tables):
    assert len(pick(tables["rcnn"], RCNN, "t")["simulated", "rcnn"]) == 420


def test_says_what_is_there_instead(tables):
    with pytest.raises(SkymovieError, match=r"t: expected .* rcnn on simulated .* rcnn on real"):
        pick(tables["finetuned"], RCNN, "t")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("p_galaxy", float("nan"), "add up to one"),
        ("p_galaxy", -0.5, "add up to one"),
        ("label", "quasar", "got quasar"),
        ("n_images", 2, "got one from 2"),
    ],
)
def test_impossible_values(tables, column, value, message):
    broken = tables["rcnn"].copy()
    broken.loc[3, column] = value
    with pytest.raises(SkymovieError, match=message):
        pick(broken, RCNN, "t")


def test_rows_that_stand_twice(tables):
    twice = tables["rcnn"].iloc[[0, *range(50)]]
    with pytest.raises(SkymovieError, match="1 twice"):
        pick(twice, RCNN, "t")


def test_equal_terms(found):
    check_equal_terms(found, FILES)


def test_each_seed_sits_the_exam(found, tables):
    seeds = tables["forest"].query("classifier == 'forest' and sample == 'simulated'")
    names = seeds["object_id"].unique()[:5]
    for wrong in (
        seeds[~((seeds["trial"] == 3) & seeds["object_id"].isin(names))],
        seeds[~((seeds["trial"] == 3) & (seeds["n_images"] == 3))],
    ):
        given = found | pick(wrong, (("simulated", "forest"),), "t")
        with pytest.raises(UsageError, match=r"simulated objects, trials and images that forest"):
            check_equal_terms(given, FILES)


def test_other_held_out_movies(found, tables):
    other = tables["finetuned"].query("classifier == 'rcnn_finetuned' and trial < 3")
    wrong = found | pick(other, (("real", "rcnn_finetuned"),), "t")
    with pytest.raises(UsageError, match=r"a/predictions.parquet: .*1,750 .*got 1,050"):
        check_equal_terms(wrong, FILES)


def test_another_store(found, tables):
    other = tables["rcnn"].assign(object_id="other" + tables["rcnn"]["object_id"])
    wrong = found | pick(other, RCNN, "t")
    with pytest.raises(UsageError, match=r"b/predictions.parquet: .* 0 agree"):
        check_equal_terms(wrong, FILES)


def test_exam(found):
    given = found["real", "rcnn_finetuned"]
    exam = set(zip(given.trial.tolist(), given.object_id.tolist(), strict=True))
    check_exam(given, exam, "t", "real")
    for wrong in (exam | {(0, "another")}, exam - {next(iter(exam))}):
        with pytest.raises(UsageError, match=rf"t: expected answers on {len(wrong):,} real"):
            check_exam(given, wrong, "t", "real")
