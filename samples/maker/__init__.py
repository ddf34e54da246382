"""Writes the Hollowbrook story: see samples/README.md and samples/make.py."""
