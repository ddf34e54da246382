"""Rules as data: loaded, tested by their own examples, and matched exactly."""
