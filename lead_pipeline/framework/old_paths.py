"""Import moved modules by their old paths.

For programs, scripts and queued jobs that still use them: a program calls a method by its path, a Server Script
or a Number Card names one, and a job that was queued before an update names its function. New code does not use
these paths: a test of the imports refuses them. Relies on nothing of Frappe but that it imports what a path
names. A row can be removed when no supported version has used its path.
"""

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MODULES = {
	"lead_pipeline.capture.duplicates": "lead_pipeline.duplicates",
	"lead_pipeline.capture.duplicates.finding": "lead_pipeline.duplicates.finding",
	"lead_pipeline.capture.duplicates.merging": "lead_pipeline.duplicates.merging",
	"lead_pipeline.capture.duplicates.undoing": "lead_pipeline.duplicates.undo",
	"lead_pipeline.capture.form.desk": "lead_pipeline.capture.form.api",
	"lead_pipeline.capture.form.entrance": "lead_pipeline.capture.form.submission",
	"lead_pipeline.capture.importing.desk": "lead_pipeline.capture.importing.api",
	"lead_pipeline.capture.importing.rehearsal": "lead_pipeline.capture.importing.dry_run",
	"lead_pipeline.capture.inbox.desk": "lead_pipeline.capture.inbox.api",
	"lead_pipeline.capture.migration.desk": "lead_pipeline.capture.migration.api",
	"lead_pipeline.capture.migration.rehearsal": "lead_pipeline.capture.migration.dry_run",
	"lead_pipeline.capture.rest": "lead_pipeline.capture.api",
	"lead_pipeline.documents.behind": "lead_pipeline.documents.party_sync",
	"lead_pipeline.documents.existing": "lead_pipeline.documents.party_matching",
	"lead_pipeline.form_panel": "lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel",
	"lead_pipeline.merged": "lead_pipeline.duplicates.redirects",
	"lead_pipeline.people": "lead_pipeline.activities",
	"lead_pipeline.people.actions": "lead_pipeline.activities.actions",
	"lead_pipeline.people.answers": "lead_pipeline.activities.communications",
	"lead_pipeline.people.bulk": "lead_pipeline.activities.bulk",
	"lead_pipeline.people.follow_up": "lead_pipeline.activities.follow_up",
	"lead_pipeline.people.handing_over": "lead_pipeline.activities.handing_over",
	"lead_pipeline.repair": "lead_pipeline.status.repair",
	"lead_pipeline.status.categories": "lead_pipeline.reference_data.categories",
}


def present_path(path: str) -> str:
	"""Return the present path of a function that was at `path`.

	The same path for a function that has not moved.
	"""
	module, _, name = path.rpartition(".")
	return f"{MODULES[module]}.{name}" if module in MODULES else path


class OldPaths(MetaPathFinder, Loader):
	"""Importer of the modules of MODULES, with the contents of the new modules."""

	def find_spec(self, fullname: str, path=None, target=None) -> ModuleSpec | None:
		if fullname not in MODULES:
			return None
		return ModuleSpec(fullname, self, is_package=any(old.startswith(f"{fullname}.") for old in MODULES))

	def exec_module(self, module: ModuleType) -> None:
		present = MODULES[module.__name__]

		def attribute(name: str) -> object:
			return getattr(importlib.import_module(present), name)

		module.__getattr__ = attribute


def install() -> None:
	"""Make the old paths importable.

	Comes last among the finders: an existing module is found before.
	"""
	if not any(isinstance(finder, OldPaths) for finder in sys.meta_path):
		sys.meta_path.append(OldPaths())
