"""What a training can be told: one frozen dataclass, and the paper's values of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic
from surveys.files.paths import local


@dataclass(frozen=True)
class TrainingSettings:
    """Network and training. The defaults are meant for minutes to hours on a CPU.

    Attributes
    ----------
    iterations : int
        Batches to train on.
    minutes : float
        Wall time after which training ends all the same; 0 for no limit. The learning rate
        follows whichever of the two is nearer to its end.
    batch : int
        Movies in a batch.
    learning_rate : float
        Of AMSGrad, at the start.
    decay : str
        ``constant``, or ``cosine``: down to zero at the end of the training.
    validate_every : int
        Batches between two looks at the validation part.
    validation : int
        Movies of the validation part that are looked at each time.
    seed : int
    stretch : str
        How the dynamic range of the calibrated images is compressed: ``linear`` (not at all),
        ``asinh`` or ``relative``; see `rcnn.network.preprocess.Preprocess`.
    conditions : bool
        Whether the network is told seeing and noise of each image; see
        `rcnn.network.preprocess.Preprocess.conditions`.
    augment : bool
        Rotate and mirror each training movie at random.
    dropout : float
        Share of the features dropped in training.
    convolutions : str
        Channels of the convolutions; a bar stands where images are pooled to half their size, which
        they also are after the last.
    features, memory : int
        Width of the dense layer and of the LSTM.
    renorm_after : int
        Batches of plain batch normalization before renormalization opens.
    start : str
        Folder of a run, or name of shipped weights, whose weights the training begins with; empty
        for random ones.
    precision : str
        ``float32``, ``mixed_bfloat16``, or ``auto``: the latter where the processor has it, and on
        graphics cards.
    """

    iterations: int = 9000
    minutes: float = 0.0
    batch: int = 32
    learning_rate: float = 1e-3
    decay: str = "cosine"
    validate_every: int = 400
    validation: int = 1344
    seed: int = 0
    stretch: str = "relative"
    conditions: bool = True
    augment: bool = True
    dropout: float = 0.25
    convolutions: str = "32 32 | 64 64 64"
    features: int = 512
    memory: int = 512
    renorm_after: int = 100
    start: str = ""
    precision: str = "auto"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if (got := getattr(self, name)) not in choices:
                raise UsageError(f"{name}: expected one of {', '.join(choices)}; got {got!r}")
        for name in _POSITIVE:
            if not (got := getattr(self, name)) > 0:
                raise UsageError(f"{name}: expected a number above zero; got {got!r}")
        if not _CONVOLUTIONS.fullmatch(self.convolutions):
            raise UsageError(
                "convolutions: expected channels with bars where to pool, such as '32 32 | 64 64'; "
                f"got {self.convolutions!r}"
            )
        if self.minutes < 0 or not 0 <= self.dropout < 1:
            raise UsageError(
                f"expected minutes of at least 0 and dropout in [0, 1); got {self.minutes} and "
                f"{self.dropout}"
            )

    @property
    def channels(self) -> tuple[tuple[int, ...], ...]:
        """Channels of the convolutions between one pooling and the next."""
        return tuple(
            tuple(int(number) for number in group.split()) for group in self.convolutions.split("|")
        )

    @property
    def dtype(self) -> str:
        """The Keras dtype policy that `precision` stands for on this machine."""
        if self.precision != "auto":
            return self.precision
        if _has_bfloat16():
            return "mixed_bfloat16"
        from rcnn.backend import accelerated

        return "mixed_bfloat16" if accelerated() else "float32"


_CONVOLUTIONS = re.compile(r" *[1-9][0-9]*( +[1-9][0-9]*)*( *\|( *[1-9][0-9]*)( +[1-9][0-9]*)*)* *")

_CHOICES = {
    "decay": ("constant", "cosine"),
    "stretch": ("linear", "asinh", "relative"),
    "precision": ("auto", "float32", "mixed_bfloat16"),
}
FILE = "settings.toml"

EVALUATION_BATCH = 128
"""Movies at a time wherever a network is only asked; bounds the memory."""

NETWORK = ("stretch", "conditions", "convolutions", "features", "memory")
"""Settings that decide what weights mean: those of `start` are taken over."""

_POSITIVE = (
    "iterations",
    "batch",
    "learning_rate",
    "validate_every",
    "validation",
    "features",
    "memory",
    "renorm_after",
)

PRESETS = {
    "default": TrainingSettings(),
    # For graphics cards: deeper, and as long as the paper's training.
    "deep": TrainingSettings(
        iterations=30_000,
        batch=256,
        validate_every=500,
        validation=13_440,
        convolutions="48 48 | 64 64 64 | 128 128",
        renorm_after=1000,
    ),
    # Carrasco-Davis et al. 2018, §4 and Table 3; renormalization as in Ioffe 2017.
    "paper": TrainingSettings(
        iterations=30_000,
        batch=256,
        learning_rate=5e-4,
        decay="constant",
        validate_every=500,
        validation=85_750,
        stretch="linear",
        conditions=False,
        augment=False,
        dropout=0.5,
        convolutions="64 64 64 | 64 64 64",
        features=1024,
        memory=512,
        renorm_after=5000,
    ),
}


def preset(name: str, **changes: Any) -> TrainingSettings:
    """A preset with some values changed; changes that are None are not made.

    Parameters
    ----------
    name : str
        Of a preset, or of a file of settings such as the ``best.toml`` of a search.

    Raises
    ------
    UsageError
        If there is no such preset or file, or a value is out of range.
    SkymovieError
        If the file holds no settings.
    """
    if name in PRESETS:
        base = PRESETS[name]
    elif local(name).is_file():
        base, _ = read(local(name))
    else:
        raise UsageError(
            f"expected a preset among {', '.join(PRESETS)}, or a file of settings; got {name!r}"
        )
    return replace(base, **{k: v for k, v in changes.items() if v is not None})


def _has_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:  # no Linux
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def write(path: Path, settings: TrainingSettings, **more: str | int) -> None:
    """Write settings, and what goes with them, as TOML."""
    entries = {**more, **asdict(settings)}
    content = "".join(f"{key} = {_toml(value)}\n" for key, value in entries.items())
    atomic.put(path, content.encode())


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)


def read(path: Path) -> tuple[TrainingSettings, dict[str, Any]]:
    """Read what `write` wrote: the settings, and the rest.

    Raises
    ------
    SkymovieError
        If the file is not there, is no TOML or lacks a setting.
    """
    path = local(path)
    names = [f.name for f in fields(TrainingSettings)]
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
        settings = TrainingSettings(**{name: entries.pop(name) for name in names})
    except (OSError, ValueError, KeyError) as error:
        raise SkymovieError(
            f"{path}: expected the settings of a training run, got {type(error).__name__}: "
            f"{error}; train again with this version"
        ) from error
    return settings, entries
