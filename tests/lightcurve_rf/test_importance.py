import numpy as np
from sklearn.ensemble import RandomForestClassifier

from lightcurve_rf.importance import importance


def test_the_feature_that_tells_comes_first_and_noise_is_worth_nothing():
    rng = np.random.default_rng(0)
    label = np.arange(200) % 2
    features = rng.normal(size=(200, 3))
    features[:, 1] += 6 * label
    forest = RandomForestClassifier(10, random_state=0).fit(features[:100], label[:100])
    found = importance(forest, features[100:], label[100:], ("a", "b", "c"), 0)
    assert found[0]["feature"] == "b"
    assert found[0]["mean"] > 0.3
    assert all(abs(f["mean"]) < 0.05 for f in found[1:])
    again = importance(forest, features[100:], label[100:], ("a", "b", "c"), 0)
    assert again == found
