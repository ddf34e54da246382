"""Imported once by the server that workers are forked from, so that each starts at once."""

import scanner.worker  # noqa: F401
