"""Memory that is free goes back to the system."""

import sys

import pytest

from scanner.executors import _memory
from scanner.executors._memory import Creeping, memory_of


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells, and only glibc gives back")
def test_what_was_freed_is_given_back_once_it_is_much():
    creeping, before = Creeping(), memory_of(None)
    held = [bytes(2000) for _ in range(100_000)]
    kept = held[::50]  # so that hardly any stretch of it is free as a whole
    del held
    crept = memory_of(None)
    assert crept > before + _memory._CREPT
    creeping.look()
    assert memory_of(None) < before + (crept - before) / 2
    assert len(kept) == 2000


def test_nothing_is_said_of_a_process_that_is_not_there():
    assert memory_of(2**30) == 0
