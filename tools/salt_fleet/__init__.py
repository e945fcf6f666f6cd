"""The parts of tools/fleet.py."""
