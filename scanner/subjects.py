"""One person behind several pseudonyms, over a run.

Records that name a person twice (by account and by e-mail address) give links; whoever is
linked is one.  A name with more than a few partners is no person's: a shared account, a
mailing list.  It is not linked, so that two people are rather counted twice than as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

_PARTNERS = 4  # names that one person may have been linked with


def roots(links: Collection[tuple[str, str]]) -> dict[str, str]:
    """By pseudonym the one that stands for all of that person, itself left out.

    Depends on the set of links alone, not on their order.
    """
    partners: dict[str, set[str]] = {}
    for a, b in links:
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    shared = {name for name, others in partners.items() if len(others) > _PARTNERS}
    return _joined((a, b) for a, b in links if a not in shared and b not in shared)


def _joined(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    parents: dict[str, str] = {}

    def top(name: str) -> str:
        while (above := parents.setdefault(name, name)) != name:
            parents[name] = parents[above]
            name = above
        return name

    for a, b in links:
        low, high = sorted((top(a), top(b)))
        parents[high] = low
    return {name: root for name in list(parents) if (root := top(name)) != name}
