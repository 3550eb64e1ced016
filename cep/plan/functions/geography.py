"""Distances on the earth."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""The mean radius of the earth (IUGG)."""


def geo_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """The great-circle distance of two points given in degrees, by the haversine formula, in kilometres."""
    phi_a, phi_b = radians(latitude_a), radians(latitude_b)
    north = sin((phi_b - phi_a) / 2)
    east = sin(radians(longitude_b - longitude_a) / 2)
    chord = north * north + cos(phi_a) * cos(phi_b) * east * east
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(max(0.0, chord))))
