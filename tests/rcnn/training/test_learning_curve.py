import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rcnn.training import learning_curve


@pytest.mark.parametrize("n", [1, 5, 200])
def test_a_history_of_any_length_is_drawn(n, tmp_path):
    batch = np.arange(1, n + 1) * 100
    falling, rising = 10 / np.sqrt(batch), 1 - 1 / np.sqrt(batch)
    history = pd.DataFrame(
        {
            "iteration": batch,
            "learning_rate": np.linspace(1e-3, 0, n),
            "loss": falling,
            "validation_loss": falling * 1.1,
            "accuracy": rising,
            "validation_accuracy": rising * 0.9,
        }
    )
    learning_curve.draw(history, tmp_path / "curve.png")
    with Image.open(tmp_path / "curve.png") as picture:
        assert picture.size[0] > 2.5 * picture.size[1]
        assert np.ptp(np.asarray(picture.convert("L"))) > 200
    assert [path.name for path in tmp_path.iterdir()] == ["curve.png"]
