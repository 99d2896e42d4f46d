"""Units of the columns of exposures and truth tables, as `astropy.units.Unit` parses them.

Columns that are missing here are names, counts or ratios.
"""

EXPOSURES = {
    "mjd": "d",
    "exposure_time": "s",
    "seeing": "arcsec",
    "sky": "adu",
    "zero_point": "mag",
    "limiting_magnitude": "mag",
}
"""Of `surveys.exposures.Exposures`; the sky is that of one pixel."""

TRUTH = {
    "magnitude": "mag",
    "period": "d",
    "amplitude": "mag",
    "inclination": "deg",
    "explosion": "d",
    "a_v": "mag",
    "mass": "solMass",
    "energy": "1e51 erg",
    "mjd": "d",
    "galaxy_magnitude": "mag",
    "galaxy_disc_radius": "arcsec",
    "galaxy_bulge_radius": "arcsec",
    "galaxy_angle": "rad",
    "galaxy_offset_x": "arcsec",
    "galaxy_offset_y": "arcsec",
}
"""Of what `simulate` draws. ``explosion`` and ``mjd`` (of an asteroid's visit) are MJD."""
