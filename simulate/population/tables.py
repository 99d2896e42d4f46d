"""The small tables from the literature that stand under ``simulate/data``."""

from importlib import resources

import pandas as pd


def read(name: str) -> pd.DataFrame:
    """A table by its file name; lines that begin with # are comments."""
    with (resources.files("simulate") / "data" / name).open("rb") as file:
        return pd.read_csv(file, comment="#")
