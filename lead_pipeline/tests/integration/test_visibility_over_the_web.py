"""Some methods of test_doors.py, called over the web server (promise P10).

An API key says who calls.
"""

import json

import frappe
import pytest

from lead_pipeline.constants import LEAD, OWN_LEADS
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import needs
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visible_leads import WORD, visibility, visible_leads

# What the rep sees of the leads that the colleague has to do with.
OF_COLLEAGUE = {
	"created by rep",
	"assigned to rep",
	"contact by rep",
	"shared with rep",
	"shared with everyone",
}


@pytest.fixture(scope="module")
def world(connected_site):
	with visible_leads({"of rep", "of colleague", *OF_COLLEAGUE}) as world:
		yield world


@pytest.fixture(autouse=True)
def own_leads(clean_transaction, world):
	with visibility(OWN_LEADS):
		yield


class TestLinkedDocuments:
	"""The menu *Links* of a form.

	The framework fills it without checking each document.
	"""

	PATH = "method/frappe.desk.form.linked_with.get"

	def test_of_a_lead_that_the_user_may_not_see(self, world):
		client = Client(world.users["rep"])
		answer = client.session.get(
			f"{site.URL}/api/{self.PATH}?doctype={LEAD}&docname={world.leads['of colleague']}", timeout=60
		)
		assert answer.status_code == 403
		assert WORD not in answer.text

	def test_of_a_user_with_leads(self, world):
		client = Client(world.users["rep"])
		found = client.call("GET", f"{self.PATH}?doctype=User&docname={world.users['colleague']}")
		assert "assigned to colleague" not in json.dumps(found), "another user's notice tells of the lead"
		shown = world.short(row["name"] for row in found.get(LEAD, []))
		assert shown == OF_COLLEAGUE


class TestDoors:
	"""Some methods of test_doors.py, called over the web server.

	An API key says who calls.
	"""

	def ask(self, world, verb, path, **json):
		answer = Client(world.users["rep"]).session.request(
			verb, f"{site.URL}/api/{path}", json=json or None, timeout=60
		)
		return answer.status_code, answer.text

	def test_a_method_that_asks_for_the_doctype_only(self, world):
		hidden, mine = world.leads["of colleague"], world.leads["of rep"]
		for lead, right in ((hidden, 403), (mine, 200)):
			like = {"doctype": LEAD, "name": lead, "add": "Yes"}
			assert self.ask(world, "POST", "method/frappe.desk.like.toggle_like", **like)[0] == right
			tag = {"dt": LEAD, "dn": lead, "tag": "Door"}
			assert self.ask(world, "POST", "method/frappe.desk.doctype.tag.tag.add_tag", **tag)[0] == right
		assert "rep" not in (frappe.db.get_value(LEAD, hidden, "_liked_by") or "")

	def test_another_way_to_write_the_same_request(self, world):
		"""What the framework calls counts, not what else stands in the path."""
		hidden = world.leads["of colleague"]
		like = {"doctype": LEAD, "name": hidden, "add": "Yes"}
		path = "method/frappe.desk.like.toggle_like"
		assert self.ask(world, "POST", f"{path}/frappe.desk.search.get_link_title", **like)[0] in (403, 404)
		like["cmd"] = "frappe.desk.like.toggle_like"
		assert self.ask(world, "POST", "resource/ToDo", **like)[0] == 403
		assert self.ask(world, "POST", "method/frappe.desk.search.get_link_title", **like)[0] == 403
		tags = {"tags": ["Door"], "dt": LEAD, "docs": json.dumps([hidden])}
		assert self.ask(world, "POST", "method/frappe.desk.doctype.tag.tag.add_tags", **tags)[0] == 403
		assert "rep" not in (frappe.db.get_value(LEAD, hidden, "_liked_by") or "")

	def test_a_closed_task(self, world):
		todo = {"description": "Mine", "reference_type": LEAD, "reference_name": world.leads["of colleague"]}
		todo |= {"status": "Closed", "allocated_to": world.users["rep"]}
		assert self.ask(world, "POST", "resource/ToDo", **todo)[0] == 403

	def test_a_column_of_a_linked_lead(self, world):
		needs("Customer")
		status, text = self.ask(world, "GET", 'resource/Customer?fields=["pipeline_lead.company_name"]')
		assert (status, WORD in text) == (403, False)
		fields = '["name","pipeline_lead.company_name as company"]'
		status, text = self.ask(world, "GET", f"resource/Customer?fields={fields}&limit_page_length=0")
		assert (status, WORD in text) == (200, False)
		order = 'resource/Customer?order_by=`tabPipeline Lead_1`.`company_name`&fields=["pipeline_lead.name"]'
		assert self.ask(world, "GET", order)[0] == 403

	def test_what_may_not_be_listed_may_not_be_counted(self, world):
		assert self.ask(world, "GET", "resource/Version")[0] == 403
		counted = {"doctype": "Version", "filters": json.dumps([["data", "like", f"%{WORD}%"]])}
		assert self.ask(world, "POST", "method/frappe.client.get_count", **counted)[0] == 403

	def test_who_has_written_is_for_managers(self, world):
		assert self.ask(world, "GET", "resource/Pipeline Known Sender")[0] == 403

	def test_files_of_hidden_leads(self, world):
		filters = json.dumps([["attached_to_doctype", "=", LEAD]])
		files = []
		for short in ("of colleague", "of rep"):
			lead = {"attached_to_doctype": LEAD, "attached_to_name": world.leads[short]}
			file = {"doctype": "File", "file_name": f"{short}.txt", "content": short, "is_private": 1}
			files.append(frappe.get_doc(file | lead).insert())
		frappe.db.commit()
		path = f'resource/File?filters={filters}&fields=["attached_to_name"]&limit_page_length=0'
		status, text = self.ask(world, "GET", path)
		for file in files:
			site.delete("File", file.name)
		frappe.db.commit()
		assert status == 200
		assert world.leads["of rep"] in text
		assert world.leads["of colleague"] not in text

	def test_the_title_that_comes_with_a_form(self, world):
		lead = world.leads["of colleague"]
		contact = frappe.get_doc({"doctype": "Contact", "first_name": "Door"})
		contact.append("links", {"link_doctype": LEAD, "link_name": lead})
		contact.insert()
		frappe.db.commit()
		path = f"method/frappe.desk.form.load.getdoc?doctype=Contact&name={contact.name}"
		status, text = self.ask(world, "GET", path)
		site.delete("Contact", contact.name)
		frappe.db.commit()
		assert status == 200
		assert lead in text
		assert f"{WORD} of colleague" not in text
