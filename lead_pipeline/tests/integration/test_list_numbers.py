"""The list of leads and the numbers beside it.

For users with few, some and many leads.

Which way the database is asked depends on how many leads a user sees; what it answers does not.
"""

import json
from collections import Counter

import frappe
import pytest
from frappe.desk.doctype.tag.tag import DocTags
from frappe.desk.form import assign_to

from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.visibility import endpoints, list_filters, list_numbers, own_leads

SELLER = "list-numbers@example.com"
# Most leads that are named, and most that are sought.
WAYS = {"few": (1000, 10_000), "some": (1, 10_000), "many": (1, 1)}

OPENED = [[LEAD, "status_category", "in", list(OPEN_CATEGORIES)]]


@pytest.fixture
def seen(connected_site):
	"""The leads that SELLER sees under *Own Leads*.

	There are others. SELLER is the session's user.
	"""
	seller = make_user("Sales User", email=SELLER)
	other = make_user("Sales User", email="list-numbers-2@example.com")
	for doctype in (LEAD, STATUS_LOG, "ToDo", "Tag Link"):
		frappe.db.delete(doctype)
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	held = {"lead_owner": other, "next_contact_by": other}
	mine = [
		make_lead(lead_owner=seller),
		make_lead(lead_owner=seller, next_contact_by=seller),
		make_lead(**held | {"next_contact_by": seller}),
		make_lead(),
		make_lead(**held),
		make_lead(**held),
	]
	assign_to.add({"doctype": LEAD, "name": mine[4].name, "assign_to": [seller]})
	frappe.share.add(LEAD, mine[5].name, seller)
	closed = make_lead(lead_owner=seller)
	closed.update({"status": "Lost", "lost_reason": frappe.db.get_value("Pipeline Lost Reason", {})})
	closed.save()
	hidden = make_lead(**held)
	DocTags(LEAD).add(hidden.name, "Fair")
	for lead in mine[:2]:
		DocTags(LEAD).add(lead.name, "Fair")
	frappe.set_user(seller)
	yield sorted(lead.name for lead in [*mine, closed])
	own_leads.are_sought.clear_cache()


def count(filters: list, limit: int = 1001) -> int:
	frappe.local.form_dict = frappe._dict(
		doctype=LEAD, filters=json.dumps(filters), fields="[]", distinct="false", limit=limit
	)
	return frappe.call(endpoints.list_count, **frappe.local.form_dict)


def rows(filters: list) -> list[str]:
	frappe.local.form_dict = frappe._dict(
		doctype=LEAD, filters=json.dumps(filters), fields=json.dumps(["name"]), page_length=500
	)
	found = frappe.call(endpoints.list_rows, **frappe.local.form_dict)
	return sorted(name for (name,) in found["values"]) if found else []


def groups(field: str) -> dict:
	return {row["name"]: row["count"] for row in endpoints.group_by_count(LEAD, json.dumps(OPENED), field)}


def tags() -> dict:
	return dict(endpoints.list_tags('["_user_tags"]', LEAD, json.dumps(OPENED))["stats"]["_user_tags"])


@pytest.mark.parametrize("way", WAYS)
def test_the_list_and_its_numbers(seen, monkeypatch, way):
	named, sought = WAYS[way]
	monkeypatch.setattr(own_leads, "MAX_NAMED_LEADS", named)
	monkeypatch.setattr(own_leads, "MAX_SOUGHT_LEADS", sought)
	own_leads.are_sought.clear_cache()
	assert rows([]) == seen
	opened = rows(OPENED)
	assert len(opened) == len(seen) - 1
	assert (count([]), count(OPENED), count(OPENED, limit=2)) == (len(seen), len(opened), 2)
	mine = [[LEAD, "lead_owner", "=", SELLER]]
	assert count([*OPENED, *mine]) == len(rows([*OPENED, *mine])) == 2
	stored = frappe.get_all(LEAD, {"name": ("in", opened)}, ["status", "lead_owner"], order_by=None)
	assert groups("status") == Counter(lead.status for lead in stored)
	assert groups("lead_owner") == Counter(lead.lead_owner for lead in stored)
	assert groups("assigned_to") == {SELLER: 1}
	assert tags() == {"Fair": 2, "No Tags": len(opened) - 2}
	assert len(rows([[LEAD, "_assign", "like", f"%{SELLER}%"]])) == 1
	assert rows([[LEAD, "_assign", "like", "%Administrator%"]]) == []
	assert len(rows([[LEAD, "_assign", "like", "%list-numbers%"]])) == 1
	changes = frappe.get_list(STATUS_LOG, pluck="lead", limit=0, order_by="name asc")
	assert set(changes) == set(seen)


@pytest.mark.parametrize(("named", "window"), [(1, 2), (1, 4), (4, 100), (100, 100)])
def test_a_page_of_leads_with_a_tag_has_those_changed_last(seen, monkeypatch, named, window):
	monkeypatch.setattr(list_filters, "NAMED_WINDOW", named)
	monkeypatch.setattr(list_filters, "WINDOW", window)
	monkeypatch.setattr(own_leads, "MAX_SOUGHT_LEADS", 1)
	own_leads.are_sought.clear_cache()
	frappe.set_user("Administrator")
	for number, name in enumerate(seen):
		lead = frappe.get_doc(LEAD, name)
		lead.append("tags", {"tag": "Urgent" if number % 2 else "Exhibition"})
		lead.save()
	urgent = seen[1::2][::-1]
	tagged = [*OPENED, ["Pipeline Lead Tag Item", "tag", "=", "Urgent"]]
	expected = [name for name in urgent if frappe.db.get_value(LEAD, name, "status_category") != "Lost"]
	frappe.set_user(SELLER)

	def page(start: int) -> list[str]:
		form = {"doctype": LEAD, "filters": json.dumps(tagged), "fields": json.dumps(["name"])}
		form |= {"order_by": f"`tab{LEAD}`.`modified` desc", "start": start, "page_length": 2}
		frappe.local.form_dict = frappe._dict(form)
		found = frappe.call(endpoints.list_rows, **frappe.local.form_dict)
		return [name for (name,) in found["values"]] if found else []

	assert len(expected) >= 3
	assert page(0) + page(2) + page(4) == expected


def test_a_number_that_is_not_counted_to_its_end_says_so(seen, monkeypatch):
	monkeypatch.setattr(list_numbers, "MAX_GROUPED", 3)
	assert sum(int(number.rstrip("+")) for number in groups("status").values()) == 3
	assert {number[-1] for number in groups("status").values()} == {"+"}
	assert tags() == {"Fair": "2+", "No Tags": "3+"}


def test_a_field_that_is_not_there_is_refused(seen):
	with pytest.raises(frappe.PermissionError, match="no such field"):
		groups("no_such_field")
