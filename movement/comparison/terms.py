"""How a change falls to distance and to each quality of the links: terms switched on one by one, in both orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

DISTANCE = "distance"  # what remains when all qualities are switched off


def subsets(terms: Sequence[str]) -> list[frozenset[str]]:
    """List the sets of terms that have to be computed: first to last and last to first, none and all among them.

    Examples
    --------
    >>> [sorted(one) for one in subsets(["a", "b"])]
    [[], ['a'], ['a', 'b'], ['b']]
    """
    orders = (list(terms), list(reversed(terms)))
    return list(dict.fromkeys(frozenset(order[:number]) for order in orders for number in range(len(terms) + 1)))


def share_among_terms(change: Mapping[frozenset[str], Reals], terms: Sequence[str]) -> dict[str, Reals]:
    """Share a change among terms.

    Parameters
    ----------
    change
        Change with only these terms switched on, for each of `subsets`; any shape, the same for all.
    terms
        Terms, in order.

    Returns
    -------
    parts
        `distance` and each term: what it adds when it is switched on, averaged over the two orders. They add up to the
        change with all terms.

    Notes
    -----
    An order and its reverse are the cheapest balanced sample of all orders, over which the Shapley value averages
    (Castro, Gomez and Tejada 2009; antithetic permutations). With two terms it is the Shapley value itself.
    """
    parts = {DISTANCE: change[frozenset()], **{term: np.zeros_like(change[frozenset()]) for term in terms}}
    for order in (list(terms), list(reversed(terms))):
        for number, term in enumerate(order):
            parts[term] = parts[term] + (change[frozenset(order[: number + 1])] - change[frozenset(order[:number])]) / 2
    return parts
