"""What the packages offer at their top: listed, importable, and imported only when used."""

import importlib
import importlib.metadata
import subprocess
import sys

import pytest

HEAVY = ("keras", "tensorflow", "galsim", "sncosmo", "sklearn", "matplotlib")
OFFERED = {
    "skymovie": {"Movies", "concatenate", "open_dataset", "open_real", "open_store"},
    "simulate": {"movies", "write"},
    "rcnn": {"RCNN", "load", "load_pretrained", "preset", "train"},
    "surveys": {"Survey", "load", "names"},
}


@pytest.mark.parametrize("package", OFFERED)
def test_dir_lists_what_there_is(package):
    module = importlib.import_module(package)
    assert OFFERED[package] <= set(dir(module))
    for name in OFFERED[package]:
        assert callable(getattr(module, name))


@pytest.mark.parametrize("package", OFFERED)
def test_importing_is_light(package):
    code = f"import sys, {package}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    import skymovie

    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = skymovie.nothing_of_this_name


def test_the_version_is_the_distributions():
    import skymovie

    assert skymovie.__version__ == importlib.metadata.version("skymovie")
