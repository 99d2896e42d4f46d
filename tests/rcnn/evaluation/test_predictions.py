import numpy as np
import pytest

import rcnn
from rcnn.evaluation.predictions import ask, brightness, losses
from skymovie import predictions
from surveys.errors import UsageError


@pytest.fixture(scope="module")
def model(tiny):
    model = rcnn.RCNN(tiny)
    model.temperature = 1.4
    model.prior = np.array([4, 4, 1, 4, 4, 1, 1]) / 19
    return model


def test_answers_are_the_networks_predictions(model, toy):
    movies = toy(14)
    answers = ask(
        model, [movies.select(np.arange(9)), movies.select(np.arange(9, 14))], "simulated"
    )
    expected = predictions.table(
        model.predict(movies),
        movies.sequences().n_images,
        movies.object_id,
        movies.truth["label"].to_numpy(dtype=str),
        classifier="rcnn",
        sample="simulated",
    )
    table = answers.table()
    names = ["object_id", "label", "n_images"]
    assert table[names].equals(expected[names])
    found, wanted = (t[predictions.PROBABILITIES].to_numpy() for t in (table, expected))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_the_answer_after_the_last_image_rests_on_the_memory_alone(model, toy):
    answers = ask(model, [toy(7)], "simulated")
    kernel, bias = (np.asarray(w) for w in model.network.logits.weights)
    np.testing.assert_allclose(answers.memory @ kernel + bias, answers.logits_after(), atol=1e-4)


def test_the_table_after_n_images_holds_what_after_gives(made):
    answers = made([0, 1, 2], [0, 1, 1], n_images=[22, 4, 9])
    for n in (3, 5, 22):
        rows = predictions.at_most(answers.table(), n).set_index("object_id")
        found = rows.loc[answers.object_id, predictions.PROBABILITIES]
        np.testing.assert_allclose(found, answers.after(n), atol=1e-6)


def test_objects_tell_what_each_is_taken_for(made):
    objects = made([0, 1, 4], [0, 6, 4]).objects()
    assert list(objects["named"]) == ["non_variable", "galaxy", "supernova"]
    assert objects["loss"].idxmax() == 1
    right = objects["label"] == objects["named"]
    np.testing.assert_allclose(objects["loss"][right], -np.log(objects["probability"][right]))


def test_losses_are_those_of_calibrated_probabilities(made):
    answers = made([3], [3], temperature=2.0)
    scaled = answers.logits[0, -1].astype(float) / 2
    assert losses(answers)[0] == pytest.approx(np.log(np.exp(scaled).sum()) - scaled[3], rel=1e-5)


def test_classes_weigh_alike(made):
    answers = made([0, 0, 0, 4], [0, 0, 0, 4])
    weight = answers.class_weight()
    assert weight[:3].sum() == pytest.approx(weight[3:].sum())


def test_short_movies_are_left_out_and_none_at_all_is_refused(model, toy, capsys):
    movies = toy(7)
    exposure = movies.exposure.copy()
    exposure[0, movies.truth["start"].iloc[0] + 2 :] = -1
    short = type(movies)(movies.images, exposure, movies.exposures, movies.truth, movies.survey)
    assert list(ask(model, [short], "real").object_id) == [f"toy{k}" for k in range(1, 7)]
    assert "real movies: 1 of 7 movies has fewer than 3 images: left out" in capsys.readouterr().err
    with pytest.raises(UsageError, match="expected real movies of 3 images or more"):
        ask(model, [short.select(np.array([0]))], "real")


def test_brightness_is_the_median_and_a_transients_best(toy):
    movies = toy(70).sequences()
    found = brightness(movies)
    constant = movies.label == 0
    # A non-variable of 2,000 ADU; see the toys.
    zero = movies.conditions("zero_point")[constant, 0]
    time = movies.conditions("exposure_time")[constant, 0]
    expected = zero - 2.5 * np.log10(2000 / time)
    assert np.median(np.abs(found[constant] - np.median(found[constant]))) < 0.3
    assert np.abs(np.median(found[constant] - expected)) < 0.3
    grows = movies.truth["label"].to_numpy() == "supernova"  # fivefold by the end
    assert np.median(found[grows]) < np.median(found[constant]) - 0.8
