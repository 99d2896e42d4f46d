from hypothesis import given
from hypothesis import strategies as st

from compare.report import captions


def curve(*means):
    return {"by_images": [{"n_images": 3 + i, "mean": m} for i, m in enumerate(means)]}


def test_numbers_in_words():
    assert captions.share(0.9527, 0.0021).replace("\u202f", " ") == "0.953 ± 0.002"
    assert captions.share(0.85, 0.02).replace("\u202f", " ") == "0.85 ± 0.02"
    assert captions.difference(-0.0314) == "−0.031"
    assert captions.per_cent(0.004).startswith("under 1")
    assert captions.listed(["a"]) == "a"
    assert captions.listed(["a", "b", "c"]) == "a, b and c"


def test_leader():
    forest = curve(0.5, 0.5, 0.5)
    said = {
        name: captions.leader({"rcnn": curve(*means), "forest": forest})
        for name, means in {
            "all": (0.6, 0.7, 0.8),
            "none": (0.1, 0.2, 0.5),
            "late": (0.1, 0.6, 0.7),
            "mixed": (0.6, 0.4, 0.7),
        }.items()
    }
    assert "at every number" in said["all"]
    assert "at no number" in said["none"]
    assert "from 4 images on" in said["late"]
    assert "at 2 of 3" in said["mixed"]
    assert captions.leader({"forest": forest}) == ""


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_share_never_loses_more_than_its_rounding(mean, std):
    shown = captions.share(mean, std).split("\u202f±\u202f")
    assert abs(float(shown[0]) - mean) <= 0.00501
    assert abs(float(shown[1]) - std) <= 0.00501


def test_commonest_mistake_and_none():
    row = {"galaxy": {"galaxy": 0.75, "asteroid": 0.25}}
    score = {"confusion": row, "mean": 0.75, "std": 0.02}
    assert "25\u202f% of the galaxies are named asteroid" in captions.confusion(
        score, "real", "rcnn"
    )
    score["confusion"] = {"galaxy": {"galaxy": 1.0, "asteroid": 0.0}}
    assert "No object is named wrongly" in captions.confusion(score, "real", "rcnn")


def test_verdict_is_called_by_the_error():
    def said(mean, std):
        apart = {"mean": mean, "std": std}
        return captions.verdict(apart, "boosting", "forest").replace("\u202f", " ")

    assert said(0.03, 0.01) == "Gradient boosting beats the forest by 0.030 ± 0.010."
    assert said(-0.03, 0.01) == "Gradient boosting loses to the forest by 0.030 ± 0.010."
    assert "cannot be told apart" in said(0.03, 0.02)
    assert "(−0.030 ± 0.020)" in said(-0.03, 0.02)
    assert "cannot be told apart" in said(0.0, 0.0)


def test_shape_with_and_without_a_search():
    grid = [{"trees": 10, "depth": 5, "accuracy": 0.7}, {"trees": 50, "depth": 9, "accuracy": 0.71}]
    text = captions.shape({"trees": 10, "depth": 5, "grid": grid})
    assert "Of 2 shapes, 10 trees of depth 5" in text
    assert "the best has 0.710: 50 of depth 9" in text
    assert (
        captions.shape({"trees": 10, "depth": 5}) == "The forest has 10 trees of depth 5 at most."
    )
