"""The documentation site: ``make docs`` builds it into docs/_build."""

import sys
from pathlib import Path

import skymovie

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "skymovie"
author = "The skymovie developers"
release = version = skymovie.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_copybutton",
    "command_help",
    "mathml",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"  # numpydoc shows the types that docstrings give
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = f"skymovie {version}"
html_static_path = []
html_math_renderer = "mathml"
