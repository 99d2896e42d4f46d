import numpy as np
import pytest
from PIL import Image

from rcnn.evaluation import confusion, figures

DRAWN = [
    confusion.draw,
    confusion.draw_in_bins,
    figures.by_images,
    figures.by_magnitude,
    figures.reliability,
]


@pytest.mark.parametrize("draw", DRAWN)
def test_pictures_are_drawn_of_one_sample_or_two(draw, made, tmp_path):
    label = np.arange(70) % 7
    real = made(label[label > 3], label[label > 3], "real", temperature=1.4)
    simulated = made(label, np.roll(label, 1), "simulated")
    sizes = []
    for samples in ([real], [real, simulated]):
        path = tmp_path / f"{len(samples)}.png"
        draw(samples, path)
        with Image.open(path) as picture:
            sizes.append(picture.size[0] * picture.size[1])
            assert np.ptp(np.asarray(picture.convert("L"))) > 200
    assert sizes[1] > 1.7 * sizes[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.png", "2.png"]


def test_objects_that_could_not_be_measured_are_not_drawn(made, tmp_path):
    label = np.arange(14) % 7
    figures.by_magnitude([made(label, label, magnitude=np.full(14, np.nan))], tmp_path / "a.png")
    assert (tmp_path / "a.png").exists()


def test_score_intervals_are_wilsons():
    """Roots of |p̂ − p| = √(p(1 − p)/n), which the interval is defined by."""
    n, right = np.array([5.0, 20.0, 300.0]), np.array([5.0, 3.0, 200.0])
    for bound in figures.wilson(right, n):
        np.testing.assert_allclose(np.abs(right / n - bound), np.sqrt(bound * (1 - bound) / n))
