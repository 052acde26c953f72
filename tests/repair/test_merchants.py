"""When merchants are not taken out of V2."""

from __future__ import annotations

import pytest

from settlement_platform.errors import ProofError
from settlement_platform.repair.merchants import MOST_IS_FROM, refuse_to_empty


def test_a_core_that_has_lost_most_of_its_merchants_is_not_followed() -> None:
    with pytest.raises(ProofError, match="V2 has 11 merchants that the core has not"):
        refuse_to_empty(MOST_IS_FROM + 1, MOST_IS_FROM)


@pytest.mark.parametrize(("gone", "in_core"), [(MOST_IS_FROM, 0), (50, 50), (0, 0)])
def test_some_merchants_may_be_gone(gone: int, in_core: int) -> None:
    refuse_to_empty(gone, in_core)
