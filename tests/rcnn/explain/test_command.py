"""``rcnn explain`` from the outside."""

import sys

import pytest

import rcnn
from rcnn import command, settings
from rcnn.explain.command import file_name


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory):
    """The folder of a network that has learnt nothing."""
    out = tmp_path_factory.mktemp("run")
    settings.write(out / settings.FILE, tiny, stamp_size=21)
    rcnn.RCNN(tiny).save_weights(out)
    return out


def rcnn_explain(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["rcnn", "explain", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        command.main()
    return left.value.code


def test_one_picture_an_object(run, store, tmp_path, monkeypatch, capsys):
    out = tmp_path / "pictures"
    words = [run, "--movies", store.path, "--object", "toy4", "--out", out]
    assert rcnn_explain(monkeypatch, *words) == 0
    assert [p.name for p in out.iterdir()] == ["toy4.png"]
    assert f"1 objects explained: {out}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--object", "toi4"], "expected objects of the test movies, such as toy4"),
        (["--object", "toy4", "--class", "galaxy"], "--object or --class, got both"),
        (["--class", "quasar"], "expected a class among non_variable"),
        (["--why", "quasar"], "expected a class among non_variable"),
        (["--n", "0"], "expected 1 to 200 objects"),
        (["--part", "held-out"], "expected a part among train, validation, test"),
        (["--patch", "4"], "odd number of pixels"),
    ],
)
def test_wrong_use_is_one_line(words, said, run, store, tmp_path, monkeypatch, capsys):
    words = [run, "--movies", store.path, *words, "--out", tmp_path / "out"]
    assert rcnn_explain(monkeypatch, *words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_no_such_model(store, monkeypatch, capsys):
    assert rcnn_explain(monkeypatch, "nowhere", "--movies", store.path) == 2
    assert "got 'nowhere'" in capsys.readouterr().err


def test_names_become_file_names():
    assert file_name("Blind15A_04/N12 (3)") == "Blind15A_04_N12__3_.png"
