"""Three supernovae image by image: chosen by their rule, and told as they are."""

import numpy as np
import pytest

from compare.report import captions, supernovae
from skymovie.predictions import PROBABILITIES


def test_first_middle_and_last_by_mean_probability(real_supernovae):
    _, of, (ranked, examples) = real_supernovae
    means = [
        rows[rows["label"] == "supernova"].groupby("object_id")["p_supernova"].mean()
        for rows in of.values()
    ]
    order = ((means[0] + means[1]) / 2).sort_values(ascending=False).index.tolist()
    assert ranked == len(order) == 41
    assert [e.place for e in examples] == [1, 21, 41]
    assert [e.movie.object_id[0] for e in examples] == [order[0], order[20], order[40]]


def test_an_example_has_both_answers_after_each_of_its_images(real_supernovae):
    _, of, (_, examples) = real_supernovae
    for example in examples:
        E = int(example.movie.n_images[0])
        for classifier, p in example.probabilities.items():
            rows = of[classifier]
            rows = rows[rows["object_id"] == example.movie.object_id[0]].sort_values("n_images")
            np.testing.assert_array_equal(p, rows[PROBABILITIES].to_numpy(float))
            assert p.shape == (E - 2, 7)


@pytest.mark.parametrize(("n", "places"), [(0, []), (1, [1]), (2, [1, 2]), (4, [1, 2, 4])])
def test_fewer_supernovae(real_supernovae, n, places):
    movies, of, _ = real_supernovae
    kept = movies.object_id[:n]
    some = [rows[rows["object_id"].isin(kept)] for rows in of.values()]
    ranked, examples = supernovae.choose(*some, movies)
    assert ranked == n
    assert [e.place for e in examples] == places
    assert (supernovae.numbers(ranked, examples) is None) == (n == 0)


def test_numbers_and_caption_follow_the_answers(real_supernovae):
    movies, of, _ = real_supernovae
    name = movies.object_id[0]
    tables = {}
    for classifier, rows in of.items():
        mine = rows[rows["object_id"] == name].copy()
        mine[PROBABILITIES] = 0.0
        late = mine["n_images"] >= (8 if classifier == "rcnn" else 99)
        mine.loc[late, "p_supernova"], mine.loc[~late, "p_galaxy"] = 1.0, 1.0
        tables[classifier] = mine
    ranked, examples = supernovae.choose(tables["rcnn"], tables["forest"], movies)
    (entry,) = supernovae.numbers(ranked, examples)["examples"]
    E = int(movies.n_images[0])
    assert (entry["object_id"], entry["place"], entry["images"]) == (name, 1, E)
    assert entry["first_alert"] == 6
    assert (entry["rcnn"]["named"], entry["rcnn"]["named_from"]) == ("supernova", 8)
    assert entry["forest"]["named_from"] == 3
    assert entry["rcnn"]["probability"] == [0.0] * 5 + [1.0] * (E - 7)
    said = captions.supernova(entry, ranked)
    assert "first alert with the 6th" in said
    assert "The RCNN names it supernova from image 8 on; " in said
    assert "The forest names it galaxy from image 3 on; after the last its probability" in said


def test_they_are_drawn(real_supernovae):
    _, _, (_, examples) = real_supernovae
    drawn = supernovae.draw(examples[0])
    assert drawn.startswith("<?xml")
    assert drawn == supernovae.draw(examples[0])
