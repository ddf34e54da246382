"""Directory exports, and who a name of a log or grant is."""
