"""Who may send a web form, to which forms, and how often.

Visitors, users and robots.
"""

import json

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import Visitor, is_thanked, said


class TestWhoMaySend:
	def test_a_form_that_is_not_published_is_refused(self, further_forms):
		form = further_forms(published=0)
		visitor = Visitor(form.name)
		answer = visitor.send(about={"ticket": None})
		assert answer.status_code == 403
		assert "This form is closed at the moment." in said(answer)
		assert visitor.leads() == []

	def test_the_form_that_comes_with_the_app_is_off(self):
		known = frappe.get_all(
			"Web Form", filters={"doc_type": LEAD, "title": "Enquiry"}, fields=["published"]
		)
		assert [form.published for form in known] == [0]

	def test_a_form_for_users_needs_a_log_in(self, further_forms):
		form = further_forms(login_required=1)
		visitor = Visitor(form.name)
		answer = visitor.send(about={"ticket": None})
		assert (answer.status_code, said(answer)) == (403, "Log in first, then send the form again.")
		user = Client(make_user())
		sent = {"web_form": form.name, "data": json.dumps({"email": visitor.email, "last_name": "User"})}
		answer = user.session.post(f"{site.URL}/api/method/{visitors.ACCEPT}", json=sent, timeout=60)
		assert is_thanked(answer)
		assert visitor.lead().owner == user.user

	def test_a_user_of_the_website_is_a_visitor(self, form):
		"""A user of the website is treated as a visitor.

		The owner of a record can read all of it by way of the form; and anybody can register, a program, too.
		"""
		user, visitor = Client(make_user()), Visitor(form.name)
		visitor.session.headers.update(user.session.headers)
		assert is_thanked(visitor.send())
		lead = visitor.lead()
		assert lead.owner == "Guest"
		asked = {"doctype": LEAD, "docname": lead.name, "web_form_name": form.name}
		read = f"{site.URL}/api/method/frappe.website.doctype.web_form.web_form.get_form_data"
		assert user.session.post(read, json=asked, timeout=60).status_code == 403
		assert is_thanked(visitor.send({"ticket": None}, description="By a program"))
		assert [held.reasons for held in visitor.held()] == ["no_ticket"]

	def test_a_lead_that_is_there_cannot_be_changed_by_a_visitor(self, further_forms):
		form = further_forms(allow_edit=1)
		lead = make_lead(first_name="Known")
		frappe.db.commit()
		try:
			answer = Visitor(form.name).send(name=lead.name, first_name="Changed")
			assert answer.status_code == 417
			assert "cannot be changed here" in said(answer)
			assert frappe.db.get_value(LEAD, lead.name, "first_name") == "Known"
		finally:
			lead.delete()
			frappe.db.commit()

	def test_a_user_changes_a_lead_by_a_form_only_as_far_as_the_user_may(self, further_forms):
		form = further_forms(allow_edit=1, login_required=1)
		lead = make_lead(email=visitors.address(), first_name="Known")
		frappe.db.commit()
		changed = {"name": lead.name, "email": lead.email, "first_name": "Changed", "status": "Converted"}
		body = {"web_form": form.name, "data": json.dumps(changed)}
		stranger, seller = Client(make_user()), Client(make_user("Sales User"))
		answer = stranger.session.post(f"{site.URL}/api/method/{visitors.ACCEPT}", json=body, timeout=60)
		assert answer.status_code == 403
		assert seller.session.post(f"{site.URL}/api/method/{visitors.ACCEPT}", json=body, timeout=60).ok
		lead.reload()
		assert (lead.first_name, lead.status) == ("Changed", "Lead")
		lead.delete()
		frappe.db.commit()

	def test_files_are_refused(self, further_forms):
		meta_field = {"dt": LEAD, "fieldname": "web_test_file", "fieldtype": "Attach", "label": "File"}
		custom = frappe.get_doc({"doctype": "Custom Field", **meta_field}).insert()
		try:
			form = further_forms({"fieldname": "web_test_file", "fieldtype": "Attach", "label": "File"})
			visitor = Visitor(form.name)
			answer = visitor.send(web_test_file="a.txt,data:text/plain;base64,YQ==")
			assert answer.status_code == 417
			assert said(answer).startswith("<strong>File</strong>: this form takes no files.")
			assert is_thanked(visitor.send())
		finally:
			site.start_over()
			custom.delete()
			frappe.db.commit()

	def test_forms_on_other_doctypes_are_the_frameworks_business(self, clean_transaction):
		title = f"Note {frappe.generate_hash(length=8)}"
		note = frappe.get_doc(
			{
				"doctype": "Web Form",
				"title": title,
				"route": frappe.scrub(title),
				"doc_type": "Note",
				"module": "Desk",
				"published": 1,
				"web_form_fields": [{"fieldname": "title", "fieldtype": "Data", "label": "Title"}],
			}
		).insert()
		frappe.db.commit()
		answer = Visitor(note.name).post({"web_form": note.name, "data": json.dumps({"title": title})})
		assert answer.ok, answer.text
		assert answer.json()["message"]["doctype"] == "Note"
		frappe.delete_doc("Note", answer.json()["message"]["name"], force=True)
		frappe.delete_doc("Web Form", note.name, force=True)
		frappe.db.commit()

	def test_the_frameworks_unchecked_way_is_closed(self, form):
		frappe.flags.in_web_form = True
		try:
			with pytest.raises(frappe.ValidationError, match="another app handles Web Forms"):
				make_lead()
		finally:
			frappe.flags.in_web_form = False
