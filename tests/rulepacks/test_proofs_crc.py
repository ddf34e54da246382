"""The hexadecimal CRC-32 that some services put at the end of their tokens."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from scanner.rulepacks.proofs import crc32_hex

_BODIES = st.text("0123456789abcdef", min_size=8, max_size=60)


@given(_BODIES)
def test_holds_in_either_order_of_bytes(body: str) -> None:
    packagist, grafana = f"packagist_ort_{body}", f"glsa_{body}"
    little = zlib.crc32(grafana.encode()).to_bytes(4, "little").hex()
    assert crc32_hex(f"{packagist}{zlib.crc32(packagist.encode()):08x}") == "checksum holds"
    assert crc32_hex(f"{grafana}_{little}") == "checksum holds"


@given(_BODIES, st.integers(1, 2**32 - 1))
def test_a_changed_checksum_proves_nothing(body: str, change: int) -> None:
    wrong = zlib.crc32(body.encode()) ^ change
    swapped = int.from_bytes(zlib.crc32(body.encode()).to_bytes(4, "big"), "little")
    assert wrong == swapped or crc32_hex(f"{body}{wrong:08x}") is None
