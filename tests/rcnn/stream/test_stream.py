import functools
import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rcnn
from rcnn.data import loader
from rcnn.stream import Images, Stream
from rcnn.stream.one_image import OneImage
from skymovie import CLASSES
from surveys.errors import UsageError

PRIOR = np.array([4, 4, 1, 4, 4, 1, 1]) / 19
LENGTHS = (22, 3, 9, 2, 17, 22, 5, 12, 22, 4, 1, 20, 7, 22)


@pytest.fixture(scope="module")
def compiled():
    """The step of each model, compiled once for all tests."""
    return functools.cache(OneImage)


@pytest.fixture(autouse=True)
def _compiled_once(compiled, monkeypatch):
    monkeypatch.setattr("rcnn.stream.OneImage", compiled)


@pytest.fixture(scope="module")
def movies(toy):
    """Two of each class, of `LENGTHS` images."""
    made = toy(14).sequences()
    assert set(made.truth["label"]) == set(CLASSES)
    length = np.minimum(LENGTHS, made.n_images)
    exposure = np.where(np.arange(made.exposure.shape[1]) < length[:, None], made.exposure, -1)
    images = np.where(exposure[..., None, None] >= 0, made.images, 0)
    return replace(made, exposure=exposure.astype(np.int32), images=images)


@pytest.fixture(scope="module")
def model(tiny):
    return rcnn.RCNN(tiny)


@pytest.fixture(scope="module")
def images(movies):
    return Images.of(movies)


@pytest.fixture
def stream(model, tmp_path):
    with Stream(model, tmp_path / "states.db") as made:
        yield made


def in_turn(images):
    """Each object's first image, then each one's second, and so on."""
    nth = np.zeros(len(images), int)
    for name in np.unique(images.object_id):
        mine = images.object_id == name
        nth[mine] = images.mjd[mine].argsort().argsort()
    return [images.select(nth == k) for k in range(nth.max() + 1)]


def assert_the_same(found, movies, model, atol):
    """Probabilities (N, T, C) against the batch prediction, where there is one."""
    real = np.arange(found.shape[1]) + 3 <= movies.n_images[:, None]
    assert np.isnan(found[~real]).all()
    np.testing.assert_allclose(found[real], model.predict(movies)[real], rtol=0, atol=atol)


@pytest.mark.parametrize("stretch", ["linear", "asinh", "relative"])
def test_image_by_image_is_the_batch_prediction(tiny, movies, images, tmp_path, stretch):
    """All seven classes, movies of unequal lengths."""
    model = rcnn.RCNN(replace(tiny, stretch=stretch))
    wanted = model.predict(movies)
    assert (
        np.ptp(wanted[np.isfinite(wanted).all(axis=-1)], axis=0).max() > 0.05
    )  # they are not all alike
    row = {name: i for i, name in enumerate(movies.object_id)}
    with Stream(model, tmp_path / "states.db") as stream:
        for k, new in enumerate(in_turn(images)):
            answers = stream.update(new)
            assert answers.counts() == {"new": len(new)}
            assert (answers.n_images == k + 1).all()
            if k < 2:
                assert np.isnan(answers.probabilities).all()
                continue
            rows = [row[name] for name in new.object_id]
            np.testing.assert_allclose(
                answers.probabilities, wanted[rows, k - 2], rtol=0, atol=2e-6
            )
        found, n_images = stream.history(movies.object_id)
    np.testing.assert_array_equal(n_images, movies.n_images)
    assert_the_same(found, movies, model, 2e-6)


def test_with_a_prior_too_it_is_the_batch_prediction(tiny, movies, images, tmp_path):
    model = rcnn.RCNN(tiny)
    unshifted = model.predict(movies)
    model.prior = PRIOR
    with Stream(model, tmp_path / "states.db") as stream:
        for new in in_turn(images):
            stream.update(new)
        found, _ = stream.history(movies.object_id)
    assert_the_same(found, movies, model, 2e-6)
    assert np.nanmax(np.abs(model.predict(movies) - unshifted)) > 0.05


def test_mixed_precision_is_the_batch_prediction_but_for_the_last_bits(
    tiny, movies, images, tmp_path
):
    """Identical on the processors we know; others may sum in another order for another batch."""
    model = rcnn.RCNN(replace(tiny, precision="mixed_bfloat16"))
    with Stream(model, tmp_path / "states.db") as stream:
        for new in in_turn(images):
            stream.update(new)
        assert_the_same(stream.history(movies.object_id)[0], movies, model, 2e-3)


def test_float_stamps_are_the_batch_prediction(model, movies, stream):
    """As real ones are whose masked pixels were filled."""
    other = replace(movies, images=movies.images + np.float32(0.3))
    for night in Images.of(other).nights():
        stream.update(night)
    assert_the_same(stream.history(movies.object_id)[0], other, model, 2e-6)


def test_images_may_come_alone_or_all_together(model, movies, images, tmp_path):
    together, alone = (Stream(model, tmp_path / name) for name in ("together", "alone"))
    few = movies.select(np.arange(1, 4))
    part = images.select(np.isin(images.object_id, few.object_id))
    shuffled = np.random.default_rng(0).permutation(len(part))
    with together, alone:
        at_once = together.update(part.select(shuffled))
        one_by_one = [alone.update(part.select(np.array([k]))) for k in range(len(part))]
        assert at_once.counts() == {"new": len(part)}
        for stream in (together, alone):
            assert_the_same(stream.history(few.object_id)[0], few, model, 2e-6)
    for k, answer in zip(shuffled, range(len(part)), strict=True):
        np.testing.assert_allclose(
            at_once.probabilities[answer], one_by_one[k].probabilities[0], atol=2e-6
        )


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(st.integers(0, 180), max_size=6),
    again=st.lists(st.integers(0, 6), max_size=3),
    seed=st.integers(0, 99),
)
def test_however_they_are_delivered_the_answers_are_the_same(
    model, movies, images, cuts, again, seed
):
    """Any cuts of the time-ordered images, each part in any order, parts delivered twice."""
    rng = np.random.default_rng(seed)
    parts = np.split(images.mjd.argsort(kind="stable"), sorted(cuts))
    with TemporaryDirectory() as folder, Stream(model, Path(folder) / "states.db") as stream:
        for k, part in enumerate(parts):
            stream.update(images.select(rng.permutation(part)))
            if k in again:
                once_more = images.select(parts[rng.integers(k + 1)])
                assert set(stream.update(once_more).status) <= {"seen"}
        assert_the_same(stream.history(movies.object_id)[0], movies, model, 2e-6)


def test_what_is_delivered_again_changes_nothing(stream, images):
    first = stream.update(images)
    before = content(stream)
    again = stream.update(images)
    assert again.counts() == {"seen": len(images)}
    np.testing.assert_array_equal(again.probabilities, first.probabilities)
    np.testing.assert_array_equal(again.n_images, first.n_images)
    assert content(stream) == before
    twice = np.repeat(np.arange(len(images)), 2)
    np.testing.assert_array_equal(stream.update(images.select(twice)).status, "seen")


def test_twice_in_one_delivery_is_once(stream, images):
    twice = images.select(np.repeat(np.arange(len(images)), 2))
    answers = stream.update(twice)
    assert answers.counts() == {"new": len(images), "seen": len(images)}
    p = answers.probabilities.reshape(len(images), 2, -1)
    np.testing.assert_array_equal(p[:, 0], p[:, 1])


def test_an_image_between_those_taken_is_too_late(stream, images, movies):
    name = movies.object_id[0]
    mine = images.select(images.object_id == name)
    skipped = np.delete(np.arange(len(mine)), 6)
    before = stream.update(mine.select(skipped))
    state = content(stream)
    answer = stream.update(mine.select(np.array([6])))
    assert answer.status.tolist() == ["late"]
    assert answer.n_images.tolist() == [len(mine) - 1]
    np.testing.assert_array_equal(answer.probabilities[0], before.probabilities[-1])
    assert content(stream) == state


def test_other_pixels_at_a_known_date_are_left_out(stream, images):
    stream.update(images)
    state = content(stream)
    changed = replace(images, stamps=images.stamps + np.uint16(1))
    assert stream.update(changed).counts() == {"other": len(images)}
    assert content(stream) == state


def test_one_bad_image_does_not_stop_the_night(model, images, tmp_path):
    """Whatever is wrong with them, the others are answered as without them."""
    clean, marred = Stream(model, tmp_path / "clean"), Stream(model, tmp_path / "marred")
    night = in_turn(images)[0]
    bad = {0: "pixel", 3: "sky", 5: "mjd"}
    stamps, sky, mjd = (a.astype(float) for a in (night.stamps, night.conditions["sky"], night.mjd))
    stamps[0, 3, 4], sky[3], mjd[5] = np.inf, np.nan, np.nan
    spoilt = replace(night, stamps=stamps, mjd=mjd, conditions={**night.conditions, "sky": sky})
    rest = np.delete(np.arange(len(night)), list(bad))
    with clean, marred:
        clean.update(night.select(rest))
        answers = marred.update(spoilt)
        assert np.flatnonzero(answers.status == "bad").tolist() == list(bad)
        assert (answers.status[rest] == "new").all()
        assert np.isnan(answers.probabilities[list(bad)]).all()
        assert content(marred) == content(clean)
        again = marred.update(night)  # mended
        assert (again.status == np.where(np.isin(np.arange(len(night)), rest), "seen", "new")).all()


def test_after_22_images_the_answer_stands(stream, toy, model):
    movies = toy(1).select(np.array([0]))
    movies.truth["start"] = 0
    E = 25
    rows = np.flatnonzero(movies.exposures.field == movies.exposures.field[movies.exposure[0, 0]])
    rows = np.resize(rows, E)
    long = Images.of(
        replace(
            movies,
            exposure=rows[None].astype(np.int32),
            images=np.resize(movies.images, (1, E, 21, 21)),
        )
    )
    long = replace(long, mjd=57000.0 + np.arange(E))
    first = stream.update(long.select(np.arange(22)))
    state = content(stream)
    more = stream.update(long.select(np.arange(20, E)))
    assert more.status.tolist() == ["seen", "seen", "full", "full", "full"]
    assert more.n_images.tolist() == [21, 22, 22, 22, 22]
    np.testing.assert_array_equal(more.probabilities[2:], first.probabilities[[-1] * 3])
    assert content(stream) == state


def test_a_longer_stream_goes_on_and_remembers_22(model, toy, tmp_path):
    """What `predict` would say of so long a movie."""
    sequence = toy(1, 4).sequences()
    E = 30
    take = np.arange(E) % sequence.n_images[0]
    images = Images.of(sequence).select(take)
    images = replace(images, mjd=57000.25 + np.arange(E))
    arrays = {
        "images": images.stamps[None],
        "days": (images.mjd - images.mjd[0])[None].astype(np.float32),
        "n_images": np.array([E], np.int32),
        **{name: values[None] for name, values in images.conditions.items()},
    }
    wanted = model.probabilities(model.network(arrays))[0]
    with Stream(model, tmp_path / "states.db", longest=100) as stream:
        for k in range(E):
            answer = stream.update(images.select(np.array([k])))
            if k > 1:
                np.testing.assert_allclose(answer.probabilities[0], wanted[k - 2], atol=2e-6)
        again = stream.update(images)
        assert again.status.tolist() == ["late"] * 8 + ["seen"] * 22
        np.testing.assert_allclose(again.probabilities[8:], wanted[6:], atol=2e-6)
        assert again.n_images.tolist() == [30] * 8 + list(range(9, 31))
        found, n_images = stream.history(images.object_id[:1])
    assert n_images.tolist() == [30]
    assert np.isnan(found[0, :6]).all()
    np.testing.assert_allclose(found[0, 6:], wanted[6:20], atol=2e-6)


def test_states_outlive_the_process(model, movies, images, tmp_path):
    for night in images.nights():
        with Stream(model, tmp_path / "states.db") as stream:
            stream.update(night)
    with Stream(model, tmp_path / "states.db") as stream:
        assert stream.n_objects == len(movies)
        assert_the_same(stream.history(movies.object_id)[0], movies, model, 2e-6)


def test_states_of_other_weights_are_refused(tiny, model, stream, images, tmp_path, monkeypatch):
    monkeypatch.setattr("rcnn.stream.OneImage", OneImage)
    stream.update(images.select(np.arange(3)))
    same = rcnn.RCNN(tiny)
    same.network.set_weights(model.network.get_weights())
    Stream(same, tmp_path / "states.db").__exit__()
    weights = model.network.get_weights()
    weights[-1][0] += 1e-3
    same.network.set_weights(weights)
    with pytest.raises(UsageError, match="expected the states of this model"):
        Stream(same, tmp_path / "states.db")
    same.network.set_weights(model.network.get_weights())
    same.temperature = 1.5
    with pytest.raises(UsageError, match="expected the states of this model"):
        Stream(same, tmp_path / "states.db")
    same.temperature, same.prior = 1.0, PRIOR
    with pytest.raises(UsageError, match="expected the states of this model"):
        Stream(same, tmp_path / "states.db")


def test_a_night_without_images_is_no_night(stream, images):
    assert len(stream.update(images.select(np.arange(0)))) == 0
    found, n_images = stream.history(["nobody"])
    assert np.isnan(found).all()
    assert n_images.tolist() == [0]


def test_an_unknown_object_has_no_history(stream, images):
    assert np.isnan(stream.history(["nobody"])[0]).all()
    stream.update(images.select(np.arange(2)))
    assert stream.history(["nobody", images.object_id[0]])[1].tolist() == [0, 2]


def test_the_conditions_are_those_of_the_batch_path(stream, movies):
    per_image = {k for k, v in loader.inputs(movies).items() if v.ndim == 2}
    assert set(stream.conditions) == per_image - {"days"}


def test_what_is_missing_or_misshapen_is_named(stream, images):
    with pytest.raises(UsageError, match="add seeing, zero_point"):
        stream.update(replace(images, conditions={"sky": images.conditions["sky"]}))
    few = images.select(np.arange(3))
    with pytest.raises(UsageError, match=r"square stamp for each of 3 images.*\(3, 21, 20\)"):
        stream.update(replace(few, stamps=few.stamps[:, :, :-1]))
    with pytest.raises(UsageError, match="conditions of shape"):
        stream.update(replace(images, conditions=dict.fromkeys(stream.conditions, 1.0)))
    stream.update(images.select(np.arange(2)))
    with pytest.raises(UsageError, match="stamp size 21, as those before, got 19"):
        stream.update(replace(images, stamps=images.stamps[:, 1:-1, 1:-1]))


def test_too_short_a_stream_is_refused(model, tmp_path):
    with pytest.raises(UsageError, match="at least 3 images, got 2"):
        Stream(model, tmp_path / "states.db", longest=2)


def test_nights_are_whole_and_in_order(images):
    nights = list(images.nights())
    assert sum(map(len, nights)) == len(images)
    for one, other in itertools.pairwise(nights):
        assert one.mjd.max() < other.mjd.min()
        assert one.mjd.max() - one.mjd.min() < 1


def content(stream):
    """All states, as bytes."""
    return dict(stream._states._db.execute("SELECT object_id, state FROM states"))


KILLED = """
import hashlib, os, random, signal, sys, time
from pathlib import Path
import numpy as np
from rcnn import stream
from rcnn.stream.one_image import OneImage
from rcnn.stream import Images, Stream

class Quick:
    '''In place of the network: as quick as a test may want, and as dependent on what was before.'''
    identity, conditions, classes, references, memory = "quick", ("sky",), 7, 2, 512
    def __init__(self, model): pass
    def step(self, stamps, conditions, days, kept):
        new = stamps.mean(axis=(1, 2, 3)) + days.sum(axis=1)
        output = kept["output"] / 2 + new[:, None]
        reference = np.nan_to_num(kept["reference"]) + 1
        return output[:, :7], {"reference": reference, "output": output, "cell": kept["cell"] - 1}

stream.OneImage = Quick
rng = np.random.default_rng(0)
N, E, B = 40, 8, 60
names = np.array([f"star {k}" for k in range(N)])
images = Images(np.tile(names, E), np.repeat(57000.0 + np.arange(E), N),
                rng.integers(0, 999, (N * E, 21, 21)).astype(np.uint16),
                {"sky": rng.normal(size=N * E)})
# Batches that hold some objects twice, others not at all.
order = np.sort(np.arange(N * E) + rng.permutation(N * E) // 4) % (N * E)
order = np.concatenate([order, np.setdiff1d(np.arange(N * E), order)])
order = order[np.argsort(images.mjd[order], kind="stable")]
batches = [images.select(order[k:k + B]) for k in range(0, len(order), B)]

def content(path):
    with Stream(None, path) as s:
        rows = sorted(s._states._db.execute("SELECT object_id, state FROM states"))
    return hashlib.sha256(repr(rows).encode()).hexdigest()

def deliver(path, upto=None):
    with Stream(None, path) as s:
        for batch in batches[:upto]:
            s.update(batch)

def killed(path, after):
    '''Deliver in a child that is killed after so many seconds; whether it was.'''
    pid = os.fork()
    if pid == 0:
        try:
            deliver(path)
            os._exit(0)
        finally:
            os._exit(1)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL

if __name__ == "__main__":
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    prefixes = []
    for k in range(len(batches) + 1):
        deliver(folder / f"prefix {k}", k)
        prefixes.append(content(folder / f"prefix {k}"))
    began = time.monotonic()
    deliver(folder / "whole")
    took = time.monotonic() - began
    assert content(folder / "whole") == prefixes[-1]
    reached, deaths = set(), 0
    for n in range(times):
        path, at = folder / f"cut {n}", 0
        # Killed again and again over what it left, then let finish.
        for _ in range(3):
            deaths += killed(path, random.Random(n).uniform(0, took))
            now = prefixes.index(content(path))
            assert now >= at, (now, at)  # nothing that was taken is lost
            at = now
            reached.add(at)
        deliver(path)
        assert content(path) == prefixes[-1]
    print(deaths, len(reached))
"""


def killed(folder, times):
    program = folder / "killed.py"
    program.write_text(KILLED)
    done = subprocess.run(
        [sys.executable, str(program), str(folder), str(times)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return map(int, done.stdout.split())


def test_killed_at_any_moment_the_states_are_those_of_whole_batches(tmp_path):
    deaths, _ = killed(tmp_path, 3)
    assert deaths > 0


@pytest.mark.slow
def test_killed_a_hundred_times(tmp_path):
    deaths, reached = killed(tmp_path, 40)
    assert deaths > 40
    assert reached > 2
