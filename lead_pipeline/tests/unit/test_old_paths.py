"""Old paths still lead to what they named.

Programs, Server Scripts and queued jobs have kept them.
"""

import importlib

import pytest

from lead_pipeline.framework import old_paths

# Whatever could be called or queued by a path before it moved, and where that is now.
MOVED = {
	"lead_pipeline.capture.duplicates.finding.not_duplicates": "lead_pipeline.duplicates.finding.not_duplicates",
	"lead_pipeline.capture.duplicates.finding.of_lead": "lead_pipeline.duplicates.finding.of_lead",
	"lead_pipeline.capture.duplicates.finding.of_values": "lead_pipeline.duplicates.finding.of_values",
	"lead_pipeline.capture.duplicates.merging.compare": "lead_pipeline.duplicates.merging.compare",
	"lead_pipeline.capture.duplicates.merging.merge": "lead_pipeline.duplicates.merging.merge",
	"lead_pipeline.capture.duplicates.undoing.forget_snapshots": "lead_pipeline.duplicates.undo.forget_snapshots",
	"lead_pipeline.capture.duplicates.undoing.undo": "lead_pipeline.duplicates.undo.undo",
	"lead_pipeline.capture.form.desk.change_fields": "lead_pipeline.capture.form.api.change_fields",
	"lead_pipeline.capture.form.desk.change_texts": "lead_pipeline.capture.form.api.change_texts",
	"lead_pipeline.capture.form.desk.forms": "lead_pipeline.capture.form.api.forms",
	"lead_pipeline.capture.form.desk.new_form": "lead_pipeline.capture.form.api.new_form",
	"lead_pipeline.capture.form.desk.publish": "lead_pipeline.capture.form.api.publish",
	"lead_pipeline.capture.form.entrance.accept": "lead_pipeline.capture.form.submission.accept",
	"lead_pipeline.capture.form.entrance.ticket": "lead_pipeline.capture.form.submission.ticket",
	"lead_pipeline.capture.importing.desk.download": "lead_pipeline.capture.importing.api.download",
	"lead_pipeline.capture.importing.desk.download_template": "lead_pipeline.capture.importing.api.download_template",
	"lead_pipeline.capture.importing.desk.rehearse": "lead_pipeline.capture.importing.api.rehearse",
	"lead_pipeline.capture.importing.desk.rows": "lead_pipeline.capture.importing.api.rows",
	"lead_pipeline.capture.importing.desk.start": "lead_pipeline.capture.importing.api.start",
	"lead_pipeline.capture.importing.desk.state": "lead_pipeline.capture.importing.api.state",
	"lead_pipeline.capture.importing.rehearsal.rehearse": "lead_pipeline.capture.importing.dry_run.rehearse",
	"lead_pipeline.capture.inbox.desk.attach": "lead_pipeline.capture.inbox.api.attach",
	"lead_pipeline.capture.inbox.desk.create": "lead_pipeline.capture.inbox.api.create",
	"lead_pipeline.capture.inbox.desk.ignore": "lead_pipeline.capture.inbox.api.ignore",
	"lead_pipeline.capture.inbox.desk.items": "lead_pipeline.capture.inbox.api.items",
	"lead_pipeline.capture.inbox.desk.ready": "lead_pipeline.capture.inbox.api.ready",
	"lead_pipeline.capture.inbox.desk.restore": "lead_pipeline.capture.inbox.api.restore",
	"lead_pipeline.capture.migration.desk.download": "lead_pipeline.capture.migration.api.download",
	"lead_pipeline.capture.migration.desk.offered": "lead_pipeline.capture.migration.api.offered",
	"lead_pipeline.capture.migration.desk.propose": "lead_pipeline.capture.migration.api.propose",
	"lead_pipeline.capture.migration.desk.rehearse": "lead_pipeline.capture.migration.api.rehearse",
	"lead_pipeline.capture.migration.desk.rows": "lead_pipeline.capture.migration.api.rows",
	"lead_pipeline.capture.migration.desk.start": "lead_pipeline.capture.migration.api.start",
	"lead_pipeline.capture.migration.desk.state": "lead_pipeline.capture.migration.api.state",
	"lead_pipeline.capture.migration.rehearsal.rehearse": "lead_pipeline.capture.migration.dry_run.rehearse",
	"lead_pipeline.capture.rest.create_lead": "lead_pipeline.capture.api.create_lead",
	"lead_pipeline.documents.behind.retry": "lead_pipeline.documents.party_sync.retry",
	"lead_pipeline.documents.existing.search_opportunities": "lead_pipeline.documents.party_matching.search_opportunities",
	"lead_pipeline.form_panel.panel": "lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel.panel",
	"lead_pipeline.merged.successor": "lead_pipeline.duplicates.redirects.successor",
	"lead_pipeline.people.actions.add_tag": "lead_pipeline.activities.actions.add_tag",
	"lead_pipeline.people.actions.disqualify": "lead_pipeline.activities.actions.disqualify",
	"lead_pipeline.people.actions.follow_up": "lead_pipeline.activities.actions.follow_up",
	"lead_pipeline.people.actions.hand_over": "lead_pipeline.activities.actions.hand_over",
	"lead_pipeline.people.actions.log_call": "lead_pipeline.activities.actions.log_call",
	"lead_pipeline.people.actions.lose": "lead_pipeline.activities.actions.lose",
	"lead_pipeline.people.actions.qualify": "lead_pipeline.activities.actions.qualify",
	"lead_pipeline.people.actions.reactivate": "lead_pipeline.activities.actions.reactivate",
	"lead_pipeline.people.actions.take": "lead_pipeline.activities.actions.take",
	"lead_pipeline.people.answers.retry": "lead_pipeline.activities.communications.retry",
	"lead_pipeline.people.bulk.in_background": "lead_pipeline.activities.bulk.in_background",
	"lead_pipeline.people.follow_up.remind": "lead_pipeline.activities.follow_up.remind",
	"lead_pipeline.people.handing_over.tell_managers": "lead_pipeline.activities.handing_over.tell_managers",
	"lead_pipeline.repair.in_background": "lead_pipeline.status.repair.in_background",
	"lead_pipeline.repair.recompute_all": "lead_pipeline.status.repair.recompute_all",
	"lead_pipeline.repair.repair": "lead_pipeline.status.repair.repair",
	"lead_pipeline.status.categories.follow": "lead_pipeline.reference_data.categories.follow",
	"lead_pipeline.status.categories.follow_all": "lead_pipeline.reference_data.categories.follow_all",
}


def attribute(path: str) -> object:
	"""What `frappe.get_attr` gives."""
	module, _, name = path.rpartition(".")
	return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", MOVED)
def test_an_old_path_leads_to_the_present_function(path):
	assert attribute(path) is attribute(MOVED[path])


def test_every_old_module_is_asked_for_and_gone():
	modules = {path.rpartition(".")[0] for path in MOVED}
	assert modules | {"lead_pipeline.people", "lead_pipeline.capture.duplicates"} == set(old_paths.MODULES)
	for module in old_paths.MODULES:
		assert isinstance(importlib.import_module(module).__spec__.loader, old_paths.OldPaths)


def test_what_was_never_there_is_missing_as_before():
	with pytest.raises(ModuleNotFoundError):
		importlib.import_module("lead_pipeline.people.nothing")
	with pytest.raises(AttributeError):
		attribute("lead_pipeline.people.actions.nothing")
