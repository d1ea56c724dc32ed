"""framework/desk_address.py: the address of the desk.

As the framework compares the addresses of apps.
"""

import importlib.util
import inspect

import frappe
import pytest

from lead_pipeline.framework.desk_address import DESK


def test_the_framework_leads_to_this_address():
	if not importlib.util.find_spec("frappe.apps"):
		pytest.skip(f"Frappe {frappe.__version__} has no page of apps.")
	from frappe import apps

	assert f'"{DESK}"' in inspect.getsource(apps)
