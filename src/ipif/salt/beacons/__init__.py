"""Beacons."""
