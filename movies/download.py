"""The public HiTS movies on this machine."""

from pathlib import Path

import platformdirs


def default_folder() -> Path:
    """Where the public HiTS movies are kept."""
    return platformdirs.user_cache_path("skymovie") / "hits"
