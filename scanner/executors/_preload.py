"""Imported once by the process that workers are forked from, so that each starts at once."""

import pyarrow.compute
import pyarrow.parquet  # noqa: F401

import scanner.worker  # noqa: F401
from scanner import plugins

plugins.load_all("sources")
plugins.load_all("recordings")
