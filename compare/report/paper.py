"""The published numbers that stand beside ours: Carrasco-Davis et al. 2018, arXiv:1807.03869.

Accuracies on the simulated test set and mean recalls on real HiTS movies, all after the last image
(22 at most), with the standard deviations the authors give.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SOURCE = "Carrasco-Davis et al. 2018, arXiv:1807.03869"


@dataclass(frozen=True)
class Published:
    """One number of the paper.

    Attributes
    ----------
    mean, std : float
        Shares between 0 and 1.
    by_class : dict
        Recall of each class, where it is given.
    """

    mean: float
    std: float
    by_class: dict[str, float] = field(default_factory=dict)


NUMBERS = {
    ("simulated", "rcnn"): Published(0.953, 0.002),
    ("simulated", "forest"): Published(0.923, 0.002),
    ("real", "rcnn"): Published(
        0.85,
        0.02,
        {
            "non_variable": 1.00,
            "rr_lyrae": 0.95,
            "eclipsing_binary": 0.66,
            "supernova": 0.74,
            "asteroid": 0.98,
        },
    ),
    ("real", "rcnn_finetuned"): Published(0.94, 0.01),
    ("real", "forest"): Published(0.88, 0.01),
    ("real", "forest_augmented"): Published(0.94, 0.01),
}
"""By sample and classifier, as in a prediction table."""

TRAINED_ON = 686_000
"""Movies in the paper's training set."""
