"""Regular expressions as the matcher needs them: anchors, widened forms, engines."""
