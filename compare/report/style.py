"""How the figures look: one typeface, and the colours of Okabe & Ito (2008).

Those colours stay apart for colour-blind readers; line styles and markers tell the classifiers
apart a second time, so that nothing is lost in a grey print.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

WIDTH = 5.2
"""Width of a figure, inches: at 400 px of screen its 10 pt letters are still 8 pt high."""


@dataclass(frozen=True)
class Look:
    """How one classifier is drawn everywhere.

    Attributes
    ----------
    title : str
    color, line, marker : str
        As matplotlib takes them.
    filled : bool
        Filled markers are for classifiers that were trained on some real movies.
    """

    title: str
    color: str
    line: str
    marker: str
    filled: bool

    def draw(self) -> dict[str, Any]:
        """Keywords of a line or an error bar."""
        return {
            "color": self.color,
            "linestyle": self.line,
            "marker": self.marker,
            "markerfacecolor": self.color if self.filled else "white",
        }


LOOKS = {
    "rcnn": Look("RCNN", "#0072B2", "--", "o", False),
    "rcnn_finetuned": Look("RCNN, fine-tuned", "#0072B2", "-", "o", True),
    "forest": Look("forest", "#D55E00", "--", "s", False),
    "forest_augmented": Look("forest, augmented", "#D55E00", "-", "s", True),
    "boosting": Look("boosting", "#009E73", "--", "^", False),
    "boosting_augmented": Look("boosting, augmented", "#009E73", "-", "^", True),
    "combined": Look("RCNN and forest", "#000000", "--", "v", False),
    "combined_finetuned": Look("RCNN and forest, both taught", "#000000", "-", "v", True),
}
INK = "#1a1a1a"
PALE = "#8a8a8a"
PAPER: dict[str, Any] = {
    "color": INK,
    "marker": "D",
    "linestyle": "none",
    "markerfacecolor": "#F0E442",
}
"""The paper's numbers: yellow diamonds with a dark edge."""

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.7,
    "lines.markersize": 4.5,
    "errorbar.capsize": 2.5,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "skymovie",
}
