"""The account that fetches mails and makes leads of them."""

import pytest

from lead_pipeline.tests.mails import make_account


@pytest.fixture
def account(clean_transaction):
	return make_account()
