"""What a person's words mean, and how a run shows itself."""

import pytest

from simulate.cli import session
from simulate.light_curves import non_variables, observed, sed_grid
from surveys.errors import UsageError


@pytest.fixture
def readers(monkeypatch):
    """Stand-ins for the readers of own light curves: they give back the path."""
    for module in (observed, sed_grid):
        name = module.__name__
        monkeypatch.setattr(module, "read", lambda path, *_, name=name: (name, str(path)))


def test_own_classes_are_read_from_their_files(readers):
    custom_models = session.own_generators(
        ["heartbeat_star=a=b.csv", "cepheid=c.csv"], ["kilonova=folder"]
    )
    assert custom_models == {
        "heartbeat_star": ("simulate.light_curves.observed", "a=b.csv"),
        "cepheid": ("simulate.light_curves.observed", "c.csv"),
        "kilonova": ("simulate.light_curves.sed_grid", "folder"),
    }


@pytest.mark.parametrize(
    ("light_curves", "sed", "expected"),
    [
        (["stars.csv"], [], "expected --light-curves CLASS=FILE, got 'stars.csv'"),
        (["=stars.csv"], [], "got '=stars.csv'"),
        ([], ["kilonova="], "expected --sed CLASS=FILE, got 'kilonova='"),
        (["a=1.csv", "a=2.csv"], [], "got a twice"),
        (["a=1.csv"], ["a=2"], "got a twice"),
    ],
)
def test_own_classes_that_cannot_be_meant(readers, light_curves, sed, expected):
    with pytest.raises(UsageError, match=expected):
        session.own_generators(light_curves, sed)


def test_a_band_is_taken_of_every_table_and_belongs_to_the_class(tmp_path):
    rows = [f"a,{57000 + k},{20 + k % 2},0.1,{'gr'[k % 2]}" for k in range(12)]
    table = tmp_path / "stars.csv"
    table.write_text("\n".join(["object_id,mjd,magnitude,magnitude_error,band", *rows]))
    custom_models = {band: session.own_generators([f"x={table}"], [], band)["x"] for band in "gr"}
    g, r = (custom_models[band] for band in "gr")
    assert isinstance(g, observed.ObservedLightCurves)
    assert isinstance(r, observed.ObservedLightCurves)
    assert g.fingerprint != r.fingerprint
    with pytest.raises(UsageError, match="choose one: --light-curve-band g"):
        session.own_generators([f"x={table}"], [])


def test_own_classes_join_those_named():
    custom_models = {"heartbeat_star": non_variables.sample}
    assert session.wanted(None, custom_models)[-1] == "heartbeat_star"
    assert session.wanted("galaxy, cepheid", custom_models) == (
        "cepheid",
        "galaxy",
        "heartbeat_star",
    )
    assert session.wanted("galaxy", {"galaxy": non_variables.sample}) == ("galaxy",)
    with pytest.raises(UsageError, match="got quasar"):
        session.wanted("quasar", custom_models)


def test_shares_in_words():
    assert session.share(None) is None
    assert session.share("3/16") == (3, 16)
    assert session.share(" 1 / 1 ") == (1, 1)


@pytest.mark.parametrize("words", ["0/4", "5/4", "4", "1/", "a/b", "-1/4", "1/0", "1.5/4"])
def test_shares_that_are_none(words):
    with pytest.raises(UsageError, match="expected --shards I/N with I from 1 to N"):
        session.share(words)


def test_progress_counts_what_was_there_once():
    told = []
    tell = session._without(10, told.append)
    for n in (6, 6, 3):
        tell(n)
    assert told == [2, 3]
