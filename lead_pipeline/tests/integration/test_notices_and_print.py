"""The standard Notifications and the print format of a lead.

The Notifications are disabled until somebody wants them.
"""

# Fixtures of another module are imported, and named again as arguments.
# ruff: noqa: F811

import frappe
import pytest
from frappe.utils import nowdate

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.analytics import people  # noqa: F401
from lead_pipeline.tests.factories import make_lead


class TestNotifications:
	"""Ready to be switched on, and harmless when they are."""

	NAMES = (
		"Lead Handed Over",
		"Lead Step Due",
		"Lead Stuck",
		"New Lead Without Sales Person",
		"Lead Won",
		"Lead Lost",
	)

	@pytest.fixture(autouse=True)
	def written_at_once(self, monkeypatch):
		"""The framework leaves writing a notice to the worker."""
		enqueue = frappe.enqueue

		def now(method, *args, **options):
			if str(method).endswith("make_notification_logs"):
				return frappe.get_attr(method)(options["doc"], options["users"])
			return enqueue(method, *args, **options)

		monkeypatch.setattr(frappe, "enqueue", now)

	def switch_on(self) -> None:
		for name in self.NAMES:
			frappe.db.set_value("Notification", name, "enabled", 1)
		frappe.clear_cache(doctype=LEAD)

	def told(self, user: str, lead: str) -> list[str]:
		return frappe.get_all(
			"Notification Log",
			{"for_user": user, "document_name": lead, "type": "Alert"},
			pluck="subject",
			order_by="creation asc",
		)

	def test_they_are_off_until_somebody_wants_them(self):
		for name in self.NAMES:
			document = frappe.get_doc("Notification", name)
			assert (document.enabled, document.is_standard, document.document_type) == (0, 1, LEAD)

	def test_each_says_what_happened_to_whom_it_concerns(self, people):
		self.switch_on()
		owner, manager = people[0], people[-1]
		name = "Müller <b>& Söhne</b> {{ 7 * 7 }}"
		lead = make_lead(company_name=name, lead_name=name, lead_owner=None)
		assert any("without a sales person" in text for text in self.told(manager, lead.name))
		lead.lead_owner = owner
		lead.save()
		assert any("is yours now" in text for text in self.told(owner, lead.name))
		lead.status = "Converted"
		lead.save()
		assert any("is won" in text for text in self.told(owner, lead.name))
		lead.status = "Open"
		lead.save()
		lead.update({"status": "Lost", "lost_reason": frappe.db.get_value("Pipeline Lost Reason", {})})
		lead.save()
		assert any("is lost" in text for text in self.told(manager, lead.name))
		for text in [*self.told(owner, lead.name), *self.told(manager, lead.name)]:
			assert "<b>&" not in text and "{{ 7 * 7 }}" in text

	def test_what_is_due_or_stuck_is_told_in_the_morning(self, people, monkeypatch):
		# The framework commits after each of them.
		monkeypatch.setattr(frappe.db, "commit", lambda: None)
		self.switch_on()
		due = make_lead(next_contact_date=nowdate(), next_contact_by=people[0], lead_owner=people[0])
		stuck = make_lead(lead_owner=people[0])
		frappe.db.set_value(LEAD, stuck.name, "stuck_on", nowdate())
		from frappe.email.doctype.notification.notification import trigger_notifications

		trigger_notifications(None, "daily")
		assert any("next step" in text for text in self.told(people[0], due.name))
		assert any("is stuck" in text for text in self.told(people[0], stuck.name))
		assert any("is stuck" in text for text in self.told(people[-1], stuck.name))


def test_a_lead_is_printed(people, monkeypatch):
	# The framework's access log commits.
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	lead = make_lead(
		company_name="Print <b>Ltd</b>",
		email="print@example.com",
		expected_revenue=1234.5,
		probability=40,
		expected_closing="2026-12-24",
		description="<p>All about it</p>",
	)
	html = frappe.get_print(LEAD, lead.name, print_format="Lead Sheet")
	for text in ("Print &lt;b&gt;Ltd", "print@example.com", "1,234.5", "All about it", "24-12-2026"):
		assert text in html.replace("2026-12-24", "24-12-2026").replace("12-24-2026", "24-12-2026"), text
	assert "<b>Ltd" not in html.split("lead-print")[-1]
	empty_one = make_lead(company_name="Nothing Else Ltd")
	assert "Nothing Else Ltd" in frappe.get_print(LEAD, empty_one.name, print_format="Lead Sheet")
