"""Files as they lie on disk: paths, manifests, compression, tables, JSON."""
