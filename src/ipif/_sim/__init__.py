"""The simulated machine: its extension, its controls, and snapshots of machines."""
