"""Values under secret-like names, in any syntax: the parts of the `assignments` detector."""
