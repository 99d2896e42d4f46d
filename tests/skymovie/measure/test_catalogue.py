"""What is known of movies without their images."""

import numpy as np
import pytest

import surveys
from skymovie.measure.catalogue import Catalogue, size_on_disk
from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from tests.skymovie.store.test_dataset import block_of_movies
from tests.skymovie.store.test_movie_store import exposures


@pytest.fixture
def unfinished(tmp_path):
    """A store of which the second of three blocks is missing, and the whole test part."""
    store = MovieStore.create(
        tmp_path / "store",
        survey=surveys.load("hits"),
        exposures=exposures(),
        sizes={"train": 2 * BLOCK + 5, "test": 3},
        settings={"seed": 5},
    )
    store.write_block("train", 0, *block_of_movies(BLOCK, "rr_lyrae", 0))
    store.write_block("train", 2, *block_of_movies(5, "asteroid", 2 * BLOCK))
    return store


def test_an_unfinished_part_is_known_as_far_as_it_is(unfinished):
    part = Catalogue.of(unfinished, "train")
    assert len(part) == BLOCK + 5
    assert part.rows[BLOCK] == 2 * BLOCK
    assert part.classes == ["rr_lyrae", "asteroid"]
    movies = part.read(np.array([3, BLOCK + 1]))
    assert list(movies.object_id) == ["o3", f"o{2 * BLOCK + 1}"]
    assert movies.images[1].any()
    assert (part.n_images[[3, BLOCK + 1]] == movies.n_images).all()
    with pytest.raises(UsageError, match="none is written yet"):
        Catalogue.of(unfinished, "test")
    with pytest.raises(UsageError, match="got 'tset'"):
        Catalogue.of(unfinished, "tset")


def test_movies_in_memory_have_one_too(movies):
    part = Catalogue.of(movies)
    assert len(part) == len(movies)
    assert (part.read(np.array([5])).images == movies.images[5]).all()


def test_classes_take_turns_to_be_shown(movies):
    some = movies.select(np.r_[0, 7, 1, 6, 8])
    assert Catalogue.of(some).first(4).tolist() == [0, 2, 3, 1]
    assert len(Catalogue.of(some).first(99)) == 5


def test_objects_are_found_by_name(movies):
    part = Catalogue.of(movies)
    assert part.named(["object-03", "object-00"]).tolist() == [3, 0]
    with pytest.raises(UsageError, match="such as object-00; got M31"):
        part.named(["object-03", "M31"])
    with pytest.raises(UsageError, match=r"such as object-05, .*; got objct-05"):
        part.named(["objct-05"])


def test_movies_are_picked_by_name_or_class_or_in_turn(movies):
    part = Catalogue.of(movies)
    assert part.pick(1, ["object-03", "object-00"]).tolist() == [3, 0]
    name = part.classes[1]
    assert part.pick(2, of_class=name).tolist() == part.of_class(name)[:2].tolist()
    assert part.pick(2).tolist() == part.first(2).tolist()
    with pytest.raises(UsageError, match=r"a class among .*; got quasar"):
        part.pick(2, of_class="quasar")


def test_magnitudes_are_measured(render):
    truth = np.linspace(18, 20, 6)
    many = np.repeat(truth[:, None], 12, axis=1)
    movies = render(many, np.random.default_rng(3), own_psf=False)
    measured = Catalogue.of(movies).magnitudes()
    assert measured.keys() == {"non_variable"}
    assert measured["non_variable"] == pytest.approx(truth, abs=0.05)


def test_an_asteroid_is_as_bright_as_its_one_image(render):
    magnitude = np.full((1, 12), 35.0)
    magnitude[0, 4] = 19.0
    movies = render(magnitude, np.random.default_rng(3), label="asteroid")
    assert Catalogue.of(movies).magnitudes()["asteroid"] == pytest.approx([19.0], abs=0.1)


def test_size_counts_every_file(unfinished):
    files = [f for f in unfinished.path.rglob("*") if f.is_file()]
    assert size_on_disk(unfinished.path) == sum(f.stat().st_size for f in files) > 1e6
