"""Lists of other documents show no data of a hidden lead (promise P10).

The lead is behind a link of the listed document.
"""

import itertools
import json

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.framework_methods import SECRET
from lead_pipeline.tests.hidden_lead import Call, hidden_lead, leaks


@pytest.fixture
def world(clean_transaction):
	with hidden_lead() as world:
		yield world


LISTS = {
	"frappe.client.get_list": {},
	"frappe.client.get_value": {"fieldname": "FIELDS"},
	"frappe.desk.reportview.get": {},
	"frappe.desk.reportview.get_list": {},
	"frappe.desk.reportview.get_count": {},
	"frappe.client.get_count": {},
	"frappe.client.get": {},
}


class TestJoinedLeads:
	"""Lists of other documents show no data of a lead behind a link.

	Frameworks before 16 join the lead.
	"""

	FIELD = "pipeline_lead.job_title"

	@pytest.fixture
	def opportunity(self, world):
		if "Opportunity" not in world.records:
			pytest.skip("this site has no Opportunity")
		return world.records["Opportunity"]

	def forms(self, opportunity):
		field, name = self.FIELD, opportunity.name
		secret = f"%{SECRET}%"
		for fields in (
			[field],
			["name", field],
			["name", f"{field} as secret"],
			["name", f"max({field}) as secret"],
			["name", {"MAX": field, "as": "secret"}],
			["name", field.replace(".", ".`") + "`"],
			["name", {"pipeline_lead": ["job_title"]}],
		):
			yield {"fields": json.dumps(fields), "filters": json.dumps({"name": name})}
		yield {"fields": f"name,{field}", "filters": json.dumps({"name": name})}
		yield {"fields": '["name", "pipeline\\u005flead.job_title"]'}
		for filters in (
			{field: ["like", secret]},
			[[field, "like", secret]],
			[["Opportunity", field, "like", secret]],
		):
			yield {"fields": '["name"]', "filters": json.dumps(filters)}
			yield {"fields": '["name"]', "or_filters": json.dumps(filters)}
		yield {"fields": '["name"]', "order_by": f"{field} desc"}
		yield {"fields": '["name"]', "group_by": field}
		yield {
			"fields": json.dumps(["name", field]),
			"filters": json.dumps([["`tabPipeline Lead_1`.`job_title`", "like", secret]]),
		}
		yield {"fields": json.dumps(["name", "`tabPipeline Lead`.`job_title`"])}

	def test_nothing_comes_out_and_nothing_can_be_asked(self, world, opportunity):
		told, answered = {}, {}
		for path, form in itertools.product(LISTS, self.forms(opportunity)):
			form = {"doctype": "Opportunity", **form}
			if "FIELDS" in LISTS[path].values():
				form["fieldname"] = form.pop("fields")
			call = Call(world, path, form)
			if leaks(call):
				told[path, str(form)] = call.text[:300]
			asked = any(
				self.FIELD in str(form.get(key) or "") for key in ("filters", "or_filters", "order_by")
			)
			if asked and path in ("frappe.client.get_list", "frappe.desk.reportview.get") and not call.error:
				answered[path, str(form)] = call.text[:300]
		assert not told
		assert not answered, "which rows match, or in which order, answers questions about the lead"

	def test_a_column_is_left_out_and_the_rest_of_the_list_comes(self, world, opportunity):
		form = {
			"doctype": "Opportunity",
			"fields": json.dumps(["name", f"{self.FIELD} as pipeline_lead_job_title"]),
			"filters": json.dumps({"name": opportunity.name}),
		}
		call = Call(world, "frappe.desk.reportview.get", form)
		assert call.error is None
		assert opportunity.name in call.text

	def test_who_sees_all_leads_sees_the_column(self, world, opportunity):
		world.rep = make_user("Sales Manager", email="manager@doors.example.com")
		form = {"doctype": "Opportunity", "fields": json.dumps(["name", self.FIELD])}
		call = Call(world, "frappe.client.get_list", form)
		assert f"{SECRET} second job" in call.text

	def test_a_stored_report_is_looked_at_too(self, world, opportunity):
		report = frappe.get_doc(
			{
				"doctype": "Report",
				"report_name": "Doors",
				"ref_doctype": "Opportunity",
				"report_type": "Report Builder",
				"is_standard": "No",
				"json": json.dumps({"columns": [["name", "Opportunity"], [self.FIELD, "Opportunity"]]}),
			}
		).insert()
		call = Call(world, "frappe.desk.query_report.run", {"report_name": report.name, "filters": "{}"})
		assert isinstance(call.error, frappe.PermissionError)
		assert SECRET not in call.text

	def test_columns_that_are_added_to_a_report_show_no_lead(self, world, opportunity):
		report = frappe.get_doc(
			{
				"doctype": "Report",
				"report_name": "Doors with Leads",
				"ref_doctype": "Opportunity",
				"report_type": "Query Report",
				"is_standard": "No",
				"query": "select name, pipeline_lead from `tabOpportunity`",
				"columns": [
					{"fieldname": "name", "label": "Name", "fieldtype": "Data"},
					{"fieldname": "pipeline_lead", "label": "Lead", "fieldtype": "Data"},
				],
				"roles": [{"role": "Sales User"}],
			}
		).insert()
		link = {"fieldname": "pipeline_lead", "names": [world.lead.name]}
		column = {"doctype": LEAD, "fieldname": "job_title", "label": "Job", "link_field": link}
		for link_field in (link, "pipeline_lead"):
			form = {
				"report_name": report.name,
				"filters": "{}",
				"custom_columns": json.dumps([column | {"link_field": link_field}]),
			}
			call = Call(world, "frappe.desk.query_report.run", form)
			assert SECRET not in call.text
		call = Call(world, "frappe.desk.query_report.run", {"report_name": report.name, "filters": "{}"})
		assert call.error is None
		assert opportunity.name in call.text
