"""Runs in the virtualenv, under gunicorn: the framework's application, and files as a bench's nginx does.

The framework's own development server listens on every address, so it is not used.
"""

import os

import frappe.app
from werkzeug.middleware.shared_data import SharedDataMiddleware

SITE = os.environ["SANDBOX_SITE"]

# The one site answers, whatever host name the browser asks for.
frappe.app._site = SITE

application = SharedDataMiddleware(
	frappe.app.application,
	{"/assets": os.path.abspath("assets"), "/files": os.path.abspath(os.path.join(SITE, "public", "files"))},
	# The browser asks again whether a file is still the same; who edits a desk script sees it at once.
	cache_timeout=0,
)
