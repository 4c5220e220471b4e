"""One provider to work in."""

import pytest

from tests.support.world import Tenant


@pytest.fixture
def tenant(north: Tenant) -> Tenant:
    """A provider with a person for every part in the work."""
    return north
