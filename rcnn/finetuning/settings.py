"""What a fine-tuning can be told."""

from __future__ import annotations

from dataclasses import dataclass

from surveys.errors import UsageError

PRIORS = ("sample", "equal")
"""How common the classes may be where a fine-tuned network answers."""


@dataclass(frozen=True)
class FinetuneSettings:
    """How to fine-tune.

    Attributes
    ----------
    real_samples : int
        Real movies of each class to train on.
    trials : int
        Random draws of them.
    seed : int
    batches : int
        Of each trial.
    batch : int
        Movies in a batch, half of them real.
    learning_rate : float
        Of AMSGrad at the start; falls to zero along half a cosine wave.
    part : str
        Real movies to judge by: ``all``, ``tuning`` or ``held-out``; see `skymovie.splits`.
    prior : str
        How common the classes are where the tuned network answers: as the labelled ``sample`` says
        (`skymovie.priors.of_sample`), or ``equal``, as it was taught.
    """

    real_samples: int = 10
    trials: int = 5
    seed: int = 0
    batches: int = 60
    batch: int = 64
    learning_rate: float = 3e-4
    part: str = "all"
    prior: str = "sample"

    def __post_init__(self) -> None:
        if self.batches < 1 or self.batch < 2 or not self.learning_rate > 0:
            raise UsageError(
                "expected at least one batch of at least two movies and a learning rate above "
                f"zero; got {self.batches}, {self.batch} and {self.learning_rate}"
            )
        if self.prior not in PRIORS:
            raise UsageError(f"expected a prior among {', '.join(PRIORS)}; got {self.prior!r}")
