"""framework/messages.py: links in messages reach the user, scripts do not."""

import frappe
import pytest

from lead_pipeline.framework.messages import show_with_links, throw_with_links
from lead_pipeline.tests.messages import forget

pytestmark = pytest.mark.usefixtures("connected_site")

TEXT = 'See <a href="/app/todo">the list</a>.<img src="x" onerror="alert(1)"><script>alert(2)</script>'


def shown() -> str:
	return frappe.parse_json(frappe.local.message_log[-1])["message"]


def test_a_message_keeps_its_link_and_loses_a_script():
	forget()
	show_with_links(TEXT, alert=True)
	assert '<a href="/app/todo"' in shown()
	assert "onerror" not in shown()
	assert "<script" not in shown()


def test_so_does_a_refusal():
	forget()
	with pytest.raises(frappe.ValidationError, match="the list"):
		throw_with_links(TEXT, frappe.ValidationError, title="Sanitized")
	assert '<a href="/app/todo"' in shown()
	assert "onerror" not in shown()
