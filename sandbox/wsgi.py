"""Serve the framework's application and its files under gunicorn.

Runs in the virtualenv. Serves files as a bench's nginx does. The framework's own development server listens on
every address, so it is not used.
"""

import os
from collections.abc import Callable, Iterable

import frappe.app
from werkzeug.middleware.shared_data import SharedDataMiddleware

SITE = os.environ["SANDBOX_SITE"]

# The one site answers, whatever host name the browser asks for.
frappe.app._site = SITE


def without_live_updates(environ: dict, start_response: Callable) -> Iterable[bytes]:
	"""Return the response of the framework's application, or 404 for socket.io.

	The desk asks for a socket.io server, which does not exist here.
	"""
	if environ["PATH_INFO"].startswith("/socket.io"):
		start_response("404 Not Found", [("Content-Type", "text/plain")])
		return [b"no live updates"]
	return frappe.app.application(environ, start_response)


application = SharedDataMiddleware(
	without_live_updates,
	{"/assets": os.path.abspath("assets"), "/files": os.path.abspath(os.path.join(SITE, "public", "files"))},
	# The browser asks again whether a file is still the same; who edits a desk script sees it at once.
	cache_timeout=0,
)
