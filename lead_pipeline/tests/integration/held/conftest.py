"""Who looks through what is held."""

import pytest

from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.rest import Client


@pytest.fixture(scope="module")
def seller(connected_site):
	site.start_over()
	return Client(make_user("Sales User"))
