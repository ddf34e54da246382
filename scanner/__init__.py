"""leakgate: the gate in front of recorded work data."""

__version__ = "0.1.0"
