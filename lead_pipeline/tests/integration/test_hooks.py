"""Everything that the framework is told by name is really there."""

import frappe
import pytest

from lead_pipeline import hooks


def paths(value) -> list[str]:
	if isinstance(value, str):
		return [value] if value.startswith("lead_pipeline.") and not value.endswith((".js", ".css")) else []
	if isinstance(value, dict):
		return [path for entry in value.values() for path in paths(entry)]
	return [path for entry in value for path in paths(entry)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize(
	"path",
	sorted(
		{path for name, value in vars(hooks).items() if not name.startswith("_") for path in paths(value)}
	),
)
def test_every_path_in_hooks_leads_to_a_function(path):
	assert callable(frappe.get_attr(path))


def test_only_named_doctypes_are_hooked():
	assert "*" not in hooks.doc_events
