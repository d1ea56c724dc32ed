"""framework/permission_hooks.py: what the framework makes of a hook's answer."""

from frappe.permissions import has_controller_permissions

from lead_pipeline.framework.permission_hooks import NO_OBJECTION
from lead_pipeline.tests.contract.source import code


def test_the_answer_leaves_it_to_the_other_hooks():
	refuses_without_answer = "if not controller_permission:" in code(has_controller_permissions)
	assert NO_OBJECTION is (True if refuses_without_answer else None)
