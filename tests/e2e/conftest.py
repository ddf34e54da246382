"""Fixtures for tests through the real command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_house import House, Result

Leakgate = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A fresh machine."""
    return House(tmp_path / "house")


@pytest.fixture
def leakgate(house: House) -> Leakgate:
    """Runs the real program in the `house`: `leakgate("scan", "data") -> Result`."""
    return house.run


@pytest.fixture(scope="session")
def new_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], House]:
    """Makes machines for fixtures whose runs many tests look at."""
    return lambda name: House(tmp_path_factory.mktemp(name) / "house")
