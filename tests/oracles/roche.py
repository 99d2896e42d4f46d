"""Light curves of contact binaries by integration over their Roche equipotential.

An oracle of our own making, slow and from first principles, as the usual codes do it (Lucy 1968,
ApJ 153, 877; Rucinski 1993, PASP 105, 1433).
"""

import numpy as np
from scipy.optimize import brentq

LIMB, GRAVITY = 0.6, 0.37
"""Linear limb darkening, and the power of gravity with which the surface shines: T ∝ g^0.08
(Lucy 1967) and a flux in V as T^4.6 at 5,770 K."""


def potential(p, q):
    """Roche potential at points (..., 3), for a mass ratio q, in units of the orbit."""
    x, y, z = np.moveaxis(p, -1, 0)
    r1 = np.sqrt(x**2 + y**2 + z**2)
    r2 = np.sqrt((x - 1) ** 2 + y**2 + z**2)
    return 1 / r1 + q / r2 + (1 + q) / 2 * (x**2 + y**2) - q * x


def gradient(p, q):
    x, y, z = np.moveaxis(p, -1, 0)
    r1 = (x**2 + y**2 + z**2) ** 1.5
    r2 = ((x - 1) ** 2 + y**2 + z**2) ** 1.5
    return np.stack(
        [
            -x / r1 - q * (x - 1) / r2 + (1 + q) * x - q,
            -y / r1 - q * y / r2 + (1 + q) * y,
            -z / r1 - q * z / r2,
        ],
        -1,
    )


def along_axis(x, q):
    return potential(np.array([x, 0.0, 0.0]), q)


def lagrange(q):
    """Positions of the points between the stars and behind the lighter one."""

    def pull(x):
        return gradient(np.array([x, 0.0, 0.0]), q)[0]

    return brentq(pull, 0.01, 0.99), brentq(pull, 1.01, 2.5)


def surface(q, contact, n=40):
    """Points (P, 3), outward normals, areas and gravity of the common surface, and its potential.

    Rings about the line of centres: the distance from it is single-valued, in the neck too.
    """
    inner, outer = lagrange(q)
    first, last = along_axis(inner, q), along_axis(outer, q)
    level = first + contact * (last - first)
    begin = brentq(lambda x: along_axis(x, q) - level, -0.9, -0.05)
    end = brentq(lambda x: along_axis(x, q) - level, 1.02, outer) if contact < 1 else outer
    t = (np.arange(3 * n) + 0.5) / (3 * n) * np.pi
    turn = (np.arange(n) + 0.5) / n * 2 * np.pi
    x, a = (g.ravel() for g in np.meshgrid((begin + end) / 2 - (end - begin) / 2 * np.cos(t), turn))
    width = np.meshgrid((end - begin) / 2 * np.sin(t) * np.pi / (3 * n), turn)[0].ravel()

    def at(rho):
        return np.stack([x, rho * np.cos(a), rho * np.sin(a)], -1)

    low, high = np.zeros(len(x)), np.full(len(x), 0.8)
    # Beyond the surface the potential rises again; the first crossing is wanted.
    for rho in np.linspace(0.8, 0.0, 81):
        high = np.where(potential(at(np.full(len(x), rho)), q) < level, rho, high)
    for _ in range(40):
        middle = (low + high) / 2
        inside = potential(at(middle), q) > level
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    p = at(low)
    g = gradient(p, q)
    size = np.linalg.norm(g, axis=-1)
    normal = -g / size[:, None]
    facing = normal[:, 1] * np.cos(a) + normal[:, 2] * np.sin(a)
    return p, normal, low * width / facing * (2 * np.pi / n), size, level


def light_curve(angle, q, contact, inclination, n=40):
    """Light of a contact binary at some angles of the orbit, in any unit.

    At angle 0 the first, heavier star is behind.
    """
    p, normal, area, gravity, level = surface(q, contact, n)
    inner, _ = lagrange(q)
    shine = area * gravity**GRAVITY
    i = np.radians(inclination)
    light = []
    for theta in np.atleast_1d(angle):
        sight = np.array([np.sin(i) * np.cos(theta), np.sin(i) * np.sin(theta), np.cos(i)])
        mu = normal @ sight
        seen = np.flatnonzero(mu > 0)
        hidden = np.zeros(len(seen), bool)
        for step in np.linspace(0.03, 1.5, 50):
            ahead = p[seen] + step * sight
            centre = np.where(ahead[:, :1] < inner, 0.0, 1.0) * [1, 0, 0]
            # Far out the potential rises once more, with the centrifugal force: that is not star.
            falls = np.sum(gradient(ahead, q) * (ahead - centre), axis=1) < 0
            hidden |= (potential(ahead, q) > level) & falls
        show = seen[~hidden]
        light.append(np.sum(shine[show] * mu[show] * (1 - LIMB * (1 - mu[show]))))
    return np.array(light)
