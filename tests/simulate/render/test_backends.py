"""The batched renderer on other array libraries: the same images as with NumPy."""

import sys

import array_api_strict
import numpy as np
import pytest

from simulate.render import backends, fourier_renderer
from simulate.render.backends import Backend, backend, jax_on
from simulate.render.render import renderer
from surveys.errors import UsageError
from tests.simulate.render import scenes

STRICT = Backend(array_api_strict.asarray, np.asarray, lambda kernel: kernel, 2**16)
"""Refuses whatever is not in the array API standard."""


@pytest.fixture(scope="module")
def scene():
    return scenes.everything(np.random.default_rng(21), 12, 2)


@pytest.fixture(scope="module")
def jax_backend():
    jax = pytest.importorskip("jax", reason="JAX is not installed (pip install skymovie[dev])")
    return jax_on(jax.devices("cpu")[0], 2**14)


def assert_same(scene, other, tolerance):
    ours = fourier_renderer.expected(scene, 21)
    theirs = fourier_renderer.expected(scene, 21, other)
    assert theirs.dtype == np.float32
    peak = (ours - scene.sky[..., None, None]).max(axis=(2, 3))[..., None, None]
    assert (np.abs(ours - theirs) <= tolerance * np.maximum(peak, 0)).all()


def test_the_arithmetic_keeps_to_the_standard(scene):
    assert_same(scene, STRICT, 2e-5)


def test_jax_draws_the_same(scene, jax_backend):
    assert_same(scene, jax_backend, 5e-4)  # more modes, to compile for fewer shapes


@pytest.fixture
def no_card(monkeypatch):
    backends._card.cache_clear()
    monkeypatch.setattr(backends, "_cupy", lambda: None)
    monkeypatch.setattr(backends, "_jax", lambda: None)
    yield
    backends._card.cache_clear()


def test_without_a_card_one_line_says_what_to_do(no_card):
    with pytest.raises(UsageError) as error:
        renderer("fourier", "gpu")
    message = str(error.value)
    assert "\n" not in message
    for word in ("gpu", "CuPy", "JAX", "skymovie[gpu]", "cpu"):
        assert word in message


def test_jax_that_sees_no_card_is_passed_over(monkeypatch):
    jax = pytest.importorskip("jax", reason="JAX is not installed (pip install skymovie[dev])")

    def none(platform):
        raise RuntimeError(f"Unknown backend {platform}")

    monkeypatch.setattr(jax, "devices", none)
    assert backends._jax() is None


def test_libraries_that_are_not_installed_are_passed_over(monkeypatch):
    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    assert backends._cupy() is None
    assert backends._jax() is None


def test_cupy_comes_first_where_it_sees_a_card(monkeypatch):
    class Cupy:
        asarray, asnumpy = np.asarray, np.asarray
        is_available = staticmethod(lambda: True)

    monkeypatch.setattr(backends, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "cupy", Cupy)
    backends._card.cache_clear()
    found = backend("gpu")
    backends._card.cache_clear()
    assert found.put is Cupy.asarray
    assert not found.padded


@pytest.mark.parametrize("device", ["tpu", ""])
def test_an_unknown_device_is_named(device):
    with pytest.raises(UsageError, match=f"cpu, gpu; got {device!r}"):
        backend(device)
