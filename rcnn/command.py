"""The command ``rcnn``: what is done with a trained network beside training it."""

from __future__ import annotations

from rcnn.evaluation.command import evaluate
from rcnn.explain.command import explain
from rcnn.search.command import search
from rcnn.stream.command import stream
from skymovie.cli import console


def about() -> None:
    """Look into a trained network, judge it, feed it, search settings for it."""


def main() -> None:
    """Entry point."""
    console.run_group(about, evaluate=evaluate, explain=explain, search=search, stream=stream)
