"""Renders a `Report`; knows `scanner.model` only."""
