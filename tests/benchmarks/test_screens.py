"""The pages that pictures are measured with hold what they should, and the same every time."""

from __future__ import annotations

import html
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from screen_pages import page, plants, screens


def test_pages() -> None:
    names = set()
    for screen in screens():
        planted = plants(random.Random(3))
        shown = page(screen, planted, random.Random(4))
        assert shown == page(screen, plants(random.Random(3)), random.Random(4))
        assert all(html.escape(plant.value) in shown for plant in planted)
        assert not [p for p in planted if p.value in page(screen, [], random.Random(4))]
        names.add(screen.name)
    assert len(names) == 40
