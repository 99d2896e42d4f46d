"""The one rule by which a person's words become a path on this machine: ``~`` means home.

pathlib takes ``~`` for a folder of that name, pandas and pyarrow for home: whoever hands a path on
unsettled may write one half of a run here and the other there.
"""

from __future__ import annotations

import os
from pathlib import Path


def local(path: str | os.PathLike[str]) -> Path:
    """A local path with ``~`` or ``~user`` in front expanded.

    A folder that is really called so is written ``./~``; its path becomes absolute, so that nothing
    downstream expands it.
    """
    said = os.fspath(path)
    settled = Path(os.path.expanduser(said))
    return settled.absolute() if str(settled).startswith("~") else settled
