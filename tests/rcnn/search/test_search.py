"""Searches: they find, they go on after whatever befell them, and leave what they should."""

import json
import math
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rcnn import command, search
from rcnn import settings as settings_file
from rcnn.search import picture as search_picture
from rcnn.search import trial as search_trial
from rcnn.search.space import parse
from rcnn.training import training
from surveys.errors import SkymovieError, UsageError

SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "memory": {"choices": [4, 8]},
    "dropout": {"low": 0.0, "high": 0.5},
}


@pytest.fixture
def space(tiny):
    return parse(SPACE, tiny)


class KilledError(BaseException):
    """Stands for SIGKILL: nothing is told, nothing cleared up."""


class Trains:
    """In place of a training: the loss is least at a rate of 3e-3 and without dropout."""

    def __init__(self, **befalls):
        self.calls = []
        self.befalls = befalls  # by number of the call

    def __call__(self, store, settings, out):
        self.calls.append((out.name, settings))
        what = self.befalls.get(f"at{len(self.calls) - 1}")
        out.mkdir(parents=True, exist_ok=True)
        settings_file.write(out / settings_file.FILE, settings)
        (out / "checkpoint.npz").write_bytes(b"weights")
        if isinstance(what, BaseException):
            raise what
        loss = math.log10(settings.learning_rate / 3e-3) ** 2 + settings.dropout
        loss = {"loss": math.nan}.get(what, loss)
        history = {"iteration": 3, "seconds": 6.0, "validation_accuracy": 0.5}
        rows = [history | {"validation_loss": loss + 1}, history | {"validation_loss": loss}]
        pd.DataFrame(rows).to_csv(out / training.HISTORY, index=False)
        if what == "loss":
            raise SkymovieError("expected the weights of a training run")


@pytest.fixture
def trains(monkeypatch):
    def put(**befalls):
        stand_in = Trains(**befalls)
        monkeypatch.setattr(training, "fit", stand_in)
        monkeypatch.setattr(search_trial, "_free_memory", lambda: None)  # takes a second
        return stand_in

    return put


def test_a_search_learns_and_leaves_its_files(store, tiny, space, tmp_path, trains, capsys):
    trains()
    out = tmp_path / "search"
    found = search.search(store, tiny, space, 25, out)
    said = capsys.readouterr().out
    assert (
        f"trial 24, 25 of 25; least loss so far {np.sort(found['validation_loss'])[0]:.3f}" in said
    )
    assert {p.name for p in out.iterdir()} == {
        "journal.log",
        "trials",
        "trials.csv",
        "search.png",
        "best.toml",
    }
    assert len(list((out / "trials").iterdir())) == 25
    assert {p.name for p in (out / "trials" / "007").iterdir()} == {"settings.toml", "history.csv"}
    assert found["validation_loss"].is_monotonic_increasing
    assert sorted(found["trial"]) == list(range(25))
    pd.testing.assert_frame_equal(pd.read_csv(out / "trials.csv"), found)
    best, _ = settings_file.read(out / "best.toml")
    assert best == replace(
        tiny,
        learning_rate=found["learning_rate"][0],
        memory=int(found["memory"][0]),
        dropout=found["dropout"][0],
    )
    # Trials drawn in the light of others are better than the first ones, which are random.
    early, late = (
        found.loc[rows, "validation_loss"] for rows in (found.trial < 10, found.trial > 9)
    )
    assert late.median() < early.median()


def test_what_mattered_is_found(store, tiny, space, tmp_path, trains):
    trains()
    search.search(store, tiny, space, 20, tmp_path / "s", "random")
    shares = search.importances(search._study(tmp_path / "s"))
    assert sum(shares.values()) == pytest.approx(1)
    assert next(iter(shares)) == "learning_rate"
    assert shares["memory"] < 0.1


def test_a_killed_search_ends_as_one_that_was_not(store, tiny, space, tmp_path, trains):
    trains()
    whole = search.search(store, tiny, space, 14, tmp_path / "whole")
    stand_in = trains(at12=KilledError(), at3=KeyboardInterrupt())
    out = tmp_path / "killed"
    with pytest.raises(KeyboardInterrupt):
        search.search(store, tiny, space, 14, out)
    with pytest.raises(KilledError):
        search.search(store, tiny, space, 14, out)
    with (out / "journal.log").open("ab") as journal:
        journal.write(b'{"op_code": 5, "wor')  # killed while it wrote
    (out / "journal.log.lock").symlink_to(out / "journal.log")
    found = search.search(store, tiny, space, 14, out)
    pd.testing.assert_frame_equal(found, whole)
    names = [name for name, _ in stand_in.calls]
    assert len(names) == 16
    assert names[3:5] == ["003", "003"]  # the same trial, taken up
    assert stand_in.calls[3][1] == stand_in.calls[4][1]
    assert not list(out.glob("trials/*.starts"))


def test_more_trials_go_on(store, tiny, space, tmp_path, trains):
    trains()
    whole = search.search(store, tiny, space, 6, tmp_path / "whole")
    search.search(store, tiny, space, 4, tmp_path / "two")
    found = search.search(store, tiny, space, 6, tmp_path / "two")
    pd.testing.assert_frame_equal(found, whole)
    assert len(search.search(store, tiny, space, 2, tmp_path / "two")) == 6


def test_a_trial_that_kills_is_given_up(store, tiny, space, tmp_path, trains):
    stand_in = trains(at1=KilledError(), at2=KilledError(), at3=KilledError())
    for _ in range(3):
        with pytest.raises(KilledError):
            search.search(store, tiny, space, 3, tmp_path / "s")
    found = search.search(store, tiny, space, 3, tmp_path / "s")
    assert [name for name, _ in stand_in.calls] == ["000", "001", "001", "001", "002"]
    assert found["trial"].tolist()[-1] == 1
    assert np.isnan(found["validation_loss"].iloc[-1])


@pytest.mark.parametrize("what", ["loss", MemoryError(), RuntimeError("RESOURCE_EXHAUSTED: OOM")])
def test_trials_fail_that_diverge_or_do_not_fit(what, store, tiny, space, tmp_path, trains):
    trains(at0=what)
    found = search.search(store, tiny, space, 2, tmp_path / "s")
    assert found["trial"].tolist() == [1, 0]
    assert np.isfinite(found["validation_loss"]).tolist() == [True, False]


def test_other_errors_are_not_hidden(store, tiny, space, tmp_path, trains):
    trains(at0=SkymovieError("disk is full"), at1=RuntimeError("a bug"))
    for error, said in ((SkymovieError, "disk is full"), (RuntimeError, "a bug")):
        with pytest.raises(error, match=said):
            search.search(store, tiny, space, 2, tmp_path / "s")
    assert len(search.search(store, tiny, space, 2, tmp_path / "s")) == 2


def test_a_search_in_vain_says_so(store, tiny, space, tmp_path, trains):
    trains(at0="loss")
    with pytest.raises(SkymovieError, match="got 1 that diverged or ran out of memory"):
        search.search(store, tiny, space, 1, tmp_path / "s")


def test_another_search_is_refused(store, tiny, space, tmp_path, trains):
    trains()
    out = tmp_path / "s"
    search.search(store, tiny, space, 1, out)
    with pytest.raises(UsageError, match="seed = 0, got 1; give the same"):
        search.search(store, replace(tiny, seed=1), space, 1, out)
    with pytest.raises(UsageError, match="sampler = 'tpe', got 'random'"):
        search.search(store, tiny, space, 1, out, "random")
    other = parse(SPACE | {"memory": {"choices": [4, 16]}}, tiny)
    with pytest.raises(UsageError, match=r"space, memory = {'choices': \[4, 8\]}, got"):
        search.search(store, tiny, other, 1, out)
    with search._alone(out), pytest.raises(UsageError, match="no other search writes"):
        search.search(store, tiny, space, 1, out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="got one with other files"):
        search.search(store, tiny, space, 1, tmp_path / "mine")


def test_pictures_of_few_and_of_many_trials(space, tmp_path):
    rng = np.random.default_rng(1)
    n = 12
    found = pd.DataFrame(
        {
            "trial": rng.permutation(n),
            "validation_loss": np.r_[np.sort(rng.uniform(3, 40, n - 1)), np.nan],
            "learning_rate": 10 ** rng.uniform(-4, -1, n),
            "memory": rng.choice([4, 8], n),
            "dropout": rng.uniform(0, 0.5, n),
        }
    )
    search_picture.draw(found, space, {"dropout": 0.7, "memory": 0.3}, tmp_path / "many.png")
    search_picture.draw(found[:1], space, {}, tmp_path / "one.png")
    for name in ("many.png", "one.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 1000


def write_space(path):
    lines = (f"{k} = {json.dumps(v).replace(':', ' =')}" for k, v in SPACE.items())
    text = "\n".join(lines).replace('"low"', "low").replace('"high"', "high")
    text = text.replace('"log"', "log").replace('"choices"', "choices")
    held = 'validate_every = 3\nvalidation = 14\nconvolutions = "4 4 | 4"\nfeatures = 8\n'
    path.write_text(f'{text}\n{held}precision = "float32"\nbatch = 14\n')


@pytest.mark.slow
def test_a_search_that_was_killed_goes_on_from_the_command_line(store, tmp_path):
    """SIGKILL in the midst of a trial: the same command ends with all trials done."""
    write_space(tmp_path / "space.toml")
    words = ["-m", "rcnn.command", "search", store.path, "--trials", 2, "--iterations", 18]
    words += ["--space", tmp_path / "space.toml", "--out", tmp_path / "s"]
    code = "import sys; from rcnn.command import main; sys.argv[0] = 'rcnn'; main()"
    whole = [sys.executable, "-c", code, *map(str, words[2:])]
    begun = subprocess.Popen(whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoint = tmp_path / "s" / "trials" / "001" / "checkpoint.npz"
    while begun.poll() is None and not checkpoint.exists():
        time.sleep(0.05)
    begun.send_signal(signal.SIGKILL)
    assert begun.wait() == -signal.SIGKILL
    done = subprocess.run(whole, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "2 trials, the best first" in done.stdout
    assert len(pd.read_csv(tmp_path / "s" / "trials.csv")) == 2


@pytest.mark.slow
def test_from_the_command_line(store, tmp_path, monkeypatch, capsys):
    """Two true trainings."""
    write_space(tmp_path / "space.toml")
    words = ["rcnn", "search", store.path, "--trials", 2, "--iterations", 3]
    words += ["--space", tmp_path / "space.toml", "--out", tmp_path / "s"]
    monkeypatch.setattr(sys, "argv", [*map(str, words)])
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 0
    assert "2 trials, the best first" in capsys.readouterr().out
    best, _ = settings_file.read(tmp_path / "s" / "best.toml")
    assert (best.features, best.iterations, best.minutes) == (8, 3, 0.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--minutes", "1", "--iterations", "5"], "--minutes or --iterations, got both"),
        (["--minutes", "0"], "expected --minutes above zero, got 0"),
        (["--trials", "0"], "at least one trial"),
        (["--sampler", "grid"], "sampler among tpe, random"),
        (["--space", "nowhere.toml"], "nowhere.toml: expected settings to search"),
    ],
)
def test_wrong_use_is_one_line(words, said, store, tmp_path, monkeypatch, capsys):
    words = ["rcnn", "search", str(store.path), *words, "--out", str(tmp_path / "s")]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "s").exists()


def test_without_optuna_it_says_what_to_install(store, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["rcnn", "search", str(store.path)])
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 2
    assert "pip install 'skymovie[search]'" in capsys.readouterr().err


def test_folders_and_counts_of_beginnings(tmp_path):
    folder = search_trial.folder_of(tmp_path, 7)
    assert [search_trial.begins(folder) for _ in range(4)] == [True, True, True, False]
    search_trial.clear(folder)
    assert search_trial.begins(folder)
