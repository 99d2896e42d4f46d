import pytest

from simulate.render import backends, galsim_renderer
from simulate.render.render import renderer
from surveys.errors import UsageError


def test_galsim_is_there_by_name():
    assert renderer("galsim") is galsim_renderer.expected


def test_an_unknown_renderer_is_named():
    with pytest.raises(UsageError, match="fourier, galsim; got 'povray'"):
        renderer("povray")


def test_galsim_does_not_run_on_a_card(monkeypatch):
    monkeypatch.setattr(backends, "_card", lambda: backends.NUMPY)
    with pytest.raises(UsageError, match=r"galsim.*cpu.*got 'gpu'"):
        renderer("galsim", "gpu")
