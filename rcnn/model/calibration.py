"""Probabilities that mean what they say: temperature, prior, and how far off they are.

Networks such as this are surer than they are right. One scalar, by which all logits are divided,
mends most of it and changes no answer (Guo, Pleiss, Sun & Weinberger 2017, ICML, §4.2). It is
fitted on the validation part of the store at the end of a training and kept with the weights.

Trainings hold all classes equally. Beside the temperature may stand a prior: how common the classes
are where the network answers, to which its probabilities are shifted (`skymovie.priors`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skymovie import priors
from skymovie.classes import CLASSES, TITLES
from surveys.errors import SkymovieError
from surveys.files import atomic

FILE = "calibration.json"

BINS = 15
"""Of confidence, for reliability diagrams and their error (Guo et al. 2017, §2 and Table 1)."""

RANGE = (0.05, 20.0)
"""Temperatures among which the best is sought."""

EQUAL = priors.shares(np.arange(len(CLASSES)))
"""Shares of the classes in every training."""


def softmax(logits: Any, temperature: float = 1.0) -> NDArray[np.float32]:
    """Probabilities softmax(logits / temperature), shape (…, C)."""
    scaled = np.asarray(logits, np.float32) / np.float32(temperature)
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def probabilities(
    logits: Any, temperature: float = 1.0, prior: NDArray[Any] | None = None
) -> NDArray[np.float32]:
    """Calibrated class probabilities, shape (…, C).

    Parameters
    ----------
    logits : array or tensor, shape (…, C)
        Of a network that was taught all classes equally.
    temperature : float
    prior : array, shape (C,), optional
        Shares of the classes where it answers; equal ones if not given.
    """
    as_taught = softmax(logits, temperature)
    if prior is None:
        return as_taught
    return priors.shifted(as_taught, EQUAL, prior).astype(np.float32)


def in_words(prior: NDArray[Any]) -> str:
    """The share of each class, shape (C,), for people."""
    shares = zip(CLASSES, prior, strict=True)
    return ", ".join(f"{TITLES[name]} {share:.3f}" for name, share in shares)


def negative_log_likelihood(
    logits: NDArray[Any],
    label: NDArray[Any],
    temperature: float = 1.0,
    weight: NDArray[Any] | None = None,
    prior: NDArray[Any] | None = None,
) -> float:
    """Mean of −ln p(true class); `logits` (N, C), `label` and, if given, `weight` (N,).

    With `prior` (C,) the probabilities are those of `probabilities`.
    """
    scaled = np.asarray(logits, np.float64) / temperature
    if prior is not None:
        scaled = scaled + np.log(prior)
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    true = np.take_along_axis(scaled, np.asarray(label)[:, None], axis=1)[:, 0]
    return float(np.average(np.log(np.exp(scaled).sum(axis=1)) - true, weights=weight))


def fit(
    logits: NDArray[Any],
    label: NDArray[Any],
    weight: NDArray[Any] | None = None,
    prior: NDArray[Any] | None = None,
) -> float:
    """The temperature under which the labels are likeliest.

    Parameters
    ----------
    logits : array, shape (N, C)
    label : int array, shape (N,)
    weight : array, shape (N,), optional
    prior : array, shape (C,), optional
        See `probabilities`.

    Raises
    ------
    ValueError
        If there are no logits.
    """
    from scipy.optimize import minimize_scalar

    if not len(logits):
        raise ValueError("expected logits to fit a temperature to, got none")
    # Convex in 1/T, hence one minimum along ln T too.
    found = minimize_scalar(
        lambda t: negative_log_likelihood(logits, label, np.exp(t), weight, prior),
        bounds=np.log(RANGE),
        method="bounded",
        options={"xatol": 1e-5},
    )
    return float(np.exp(found.x))


@dataclass(frozen=True)
class Reliability:
    """How often answers of a given confidence are right; all arrays have one entry a bin.

    Attributes
    ----------
    confidence : float
        Mean probability of the class that is named; NaN in an empty bin.
    accuracy : float
        Share of right answers; NaN in an empty bin.
    weight : float
        Share of the answers that fall into the bin; adds up to 1.
    number : float
        Answers of equal weight that would tell as much as those in the bin, (Σ w)² / Σ w².
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    weight: NDArray[np.float64]
    number: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error, Σ weight |accuracy − confidence| (Guo et al. 2017, Eq. 3)."""
        gap = np.abs(self.accuracy - self.confidence)
        return float(np.sum(self.weight * np.where(self.weight > 0, gap, 0.0)))


def reliability(
    probabilities: NDArray[Any],
    label: NDArray[Any],
    weight: NDArray[Any] | None = None,
    bins: int = BINS,
) -> Reliability:
    """Compare confidence with accuracy in bins (k/bins, (k + 1)/bins] of confidence.

    Parameters
    ----------
    probabilities : array, shape (N, C)
    label : int array, shape (N,)
    weight : array, shape (N,), optional
        Of each answer: where classes are to weigh alike, one over the number of its class.
    """
    share = np.ones(len(label)) if weight is None else np.asarray(weight, float)
    share = share / share.sum()
    confidence = np.asarray(probabilities, np.float64).max(axis=1)
    right = np.asarray(probabilities).argmax(axis=1) == label
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    total, sure, hit, square = (
        np.bincount(which, share * values, bins).astype(np.float64)
        for values in (1.0, confidence, right, share)
    )
    with np.errstate(invalid="ignore"):
        return Reliability(sure / total, hit / total, total, total**2 / square)


def noise(
    probabilities: NDArray[Any], weight: NDArray[Any] | None = None, draws: int = 200, seed: int = 0
) -> float:
    """The calibration error that a perfectly calibrated network would show on so few answers.

    Mean over draws of the labels from the probabilities themselves: the error is a sum of moduli
    and never zero on a finite sample.
    """
    rng = np.random.default_rng(seed)
    sums = np.asarray(probabilities, np.float64).cumsum(axis=1)
    last = sums.shape[1] - 1
    found = []
    for _ in range(draws):
        label = (rng.random((len(sums), 1)) > sums).sum(axis=1).clip(0, last)
        found.append(reliability(probabilities, label, weight).error)
    return float(np.mean(found))


def write(
    folder: Path, temperature: float, prior: NDArray[Any] | None = None, **more: float | int
) -> None:
    """Keep temperature and prior, and what goes with them, beside the weights they belong to."""
    entries: dict[str, Any] = {"temperature": temperature}
    if prior is not None:
        entries["prior"] = dict(zip(CLASSES, map(float, prior), strict=True))
    content = json.dumps({**entries, **more}, indent=1, allow_nan=False)
    atomic.put(folder / FILE, content.encode())


def read(folder: Path) -> float:
    """The temperature of a run or a release; 1 where it was made before there was one.

    Raises
    ------
    SkymovieError
        If the file holds none.
    """
    path = folder / FILE
    if not path.exists():
        return 1.0
    try:
        temperature = float(json.loads(path.read_text("utf-8"))["temperature"])
        if not RANGE[0] <= temperature <= RANGE[1]:
            raise ValueError(f"temperature {temperature}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SkymovieError(
            f"{path}: expected a temperature of {RANGE[0]:g} to {RANGE[1]:g}, got "
            f"{type(error).__name__}: {error}; train again, or remove the file"
        ) from error
    return temperature


def read_prior(folder: Path) -> NDArray[np.float64] | None:
    """The shares of the classes that a network's probabilities are of, shape (C,).

    None where the file names none: the probabilities are those of a sky with equal classes.

    Raises
    ------
    SkymovieError
        If what it names are no shares of all classes.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        entries = json.loads(path.read_text("utf-8"))
        if "prior" not in entries:
            return None
        shares = {name: float(share) for name, share in entries["prior"].items()}
        if set(shares) != set(CLASSES):
            raise ValueError(f"shares of {', '.join(shares) or 'nothing'}")
        prior = np.array([shares[name] for name in CLASSES])
        if not (np.all(prior > 0) and abs(prior.sum() - 1) < 1e-6):
            raise ValueError(f"shares {', '.join(f'{share:g}' for share in prior)}")
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SkymovieError(
            f"{path}: expected as prior a share above zero of each of {', '.join(CLASSES)}, adding "
            f"up to 1, got {type(error).__name__}: {error}; tune again, or remove the prior"
        ) from error
    return prior
