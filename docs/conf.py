"""The documentation site: ``make docs`` builds it into docs/_build."""

import logging
import sys
from pathlib import Path

import skymovie

logging.getLogger("traitlets").setLevel(logging.WARNING)

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "skymovie"
author = copyright = "The skymovie developers"
release = version = skymovie.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_copybutton",
    "command_help",
    "mathml",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

# A tutorial runs when its text has changed; `make clean` forgets what it printed.
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_output_stderr = "remove"
nb_merge_streams = True

autodoc_typehints = "none"  # numpydoc shows the types that docstrings give
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = f"skymovie {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
