"""The answer of a `has_permission` hook that has no objection.

Up to Frappe 15 the first hook that answers decides, and hooks of apps are asked before the framework's own:
None leaves it to them. From 16 on each hook must agree, and None refuses. Can be removed with Frappe 15.
"""

import frappe

NO_OBJECTION = True if int(frappe.__version__.split(".")[0]) >= 16 else None
