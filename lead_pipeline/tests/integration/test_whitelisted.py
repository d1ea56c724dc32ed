"""Whitelisted methods of the app, called by users without rights (promise P9).

The methods are found, not listed: every method that the web can call is included. A new one is tested at once, and
when this test does not know what to pass for one of its arguments, it says so.
"""

import frappe
import pytest
import requests

from lead_pipeline.constants import ALL_LEADS, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.tests import site
from lead_pipeline.tests.visitors import forget
from lead_pipeline.tests.whitelisted_methods import (
	ABOUT_NO_LEAD,
	FOR_GUESTS,
	FOR_MANAGERS,
	FOR_NOBODY,
	IMPORTING,
	METHODS,
	MIGRATING,
	SECRET,
	World,
	methods,
)


@pytest.fixture(scope="module")
def world(connected_site):
	site.start_over()
	world = World()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.db.commit()
	frappe.clear_cache()
	yield world
	site.start_over()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
	frappe.db.set_value("Report", "Leads by Date", "prepared_report", 0)
	if frappe.db.exists("DocType", "Opportunity"):
		frappe.delete_doc("Opportunity", world.opportunity, force=True)
	frappe.delete_doc("Communication", world.mail.name, force=True)
	frappe.delete_doc("Tag", SECRET, force=True)
	frappe.delete_doc("Email Template", world.template.name, force=True)
	for doctype, name in (
		("Pipeline Lead Import", world.lead_import),
		("Pipeline Migration", world.migration),
	):
		# The manager's call has begun it in the background, which may not be done yet.
		frappe.db.set_value(doctype, name, "status", "Done")
		frappe.delete_doc(doctype, name, force=True)
	for lead in frappe.get_all(
		LEAD, {"company_name": f"{SECRET} Ltd", "name": ("!=", world.lead.name)}, pluck="name"
	):
		frappe.delete_doc(LEAD, lead, force=True)
	frappe.delete_doc(LEAD, world.lead.name, force=True)
	for form in frappe.get_all(
		"Web Form", {"title": ("in", [world.form.title, f"{SECRET} Form"])}, pluck="name"
	):
		frappe.delete_doc("Web Form", form, force=True)
	# `forget` begins with a rollback.
	frappe.db.commit()
	forget()
	frappe.clear_cache()


def send(session: requests.Session, path: str, arguments: dict, verb: str | None = None) -> requests.Response:
	function = methods()[path]
	verb = verb or ("POST" if "POST" in frappe.allowed_http_methods_for_whitelisted_func[function] else "GET")
	given = {"params": arguments} if verb == "GET" else {"json": arguments}
	return session.request(verb, f"{site.URL}/api/method/{path}", timeout=60, **given)


@pytest.mark.parametrize("path", METHODS)
def test_a_guest_is_refused(world, path):
	arguments, before, others = world.arguments(path), world.state(), world.others()
	answer = send(world.sessions["a guest"], path, arguments)
	assert answer.status_code == (200 if path in FOR_GUESTS else 403), answer.text[:500]
	assert f"{SECRET} Ltd" not in answer.text
	assert (world.state(), world.others()) == (before, others)


@pytest.mark.parametrize("who", ["somebody without a role", "a salesperson who may not see the lead"])
@pytest.mark.parametrize("path", METHODS)
def test_who_may_not_see_a_lead_learns_nothing_and_changes_nothing(world, path, who):
	arguments, before, others = world.arguments(path), world.state(), world.others()
	answer = send(world.sessions[who], path, arguments)
	assert answer.status_code in (200, 403), answer.text[:500]
	if answer.status_code == 403 or who == "somebody without a role":
		assert world.others() == others
	assert f"{SECRET} Ltd" not in answer.text
	assert f"{SECRET}@".lower() not in answer.text
	assert world.state() == before
	if path in ABOUT_NO_LEAD:
		assert (answer.status_code == 200) == (who != "somebody without a role")


@pytest.mark.parametrize("path", METHODS)
def test_the_owner_is_not_refused(world, path):
	"""Else the refusals above would say nothing."""
	who = "a manager" if path in FOR_MANAGERS else "the owner"
	answer = send(world.sessions[who], path, world.arguments(path))
	if path in FOR_NOBODY:
		assert answer.status_code == 403
		return
	assert answer.status_code in (200, 417), answer.text[:500]
	refusals = ("ActionRefused", "InvalidAction", "DocumentNotOffered", "MergeRefused", "InvalidStep")
	assert answer.status_code == 200 or any(refusal in answer.text for refusal in refusals)


@pytest.mark.parametrize("path", METHODS)
def test_what_writes_cannot_be_called_by_a_link(world, path):
	"""A GET is what a link in a mail or a picture on a page makes the browser send."""
	arguments, before, others = world.arguments(path), world.state(), world.others()
	send(world.sessions["the owner"], path, arguments, verb="GET")
	assert (world.state(), world.others()) == (before, others)


@pytest.mark.parametrize("path", [path for path in METHODS if path.startswith((IMPORTING, MIGRATING))])
def test_a_run_is_its_managers_own(world, path):
	"""Another manager works on imports and migrations of his own."""
	arguments, others = world.arguments(path), world.others()
	answer = send(world.sessions["another manager"], path, arguments)
	if {"lead_import", "migration"} & set(arguments):
		assert answer.status_code == 403, answer.text[:500]
	assert world.others() == others
