"""The command ``rcnn``: what is done with a trained network beside training it."""

from __future__ import annotations

from movies import console


def about() -> None:
    """Look into a trained network, judge it, feed it, search settings for it."""


def main() -> None:
    """Entry point."""
    console.run_group(about)
