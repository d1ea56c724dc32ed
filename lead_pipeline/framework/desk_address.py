"""The beginning of the desk's addresses: `/app` on Frappe 15, `/desk` from 16 on.

The old one is led on to the new one, but the framework compares addresses of apps with it to find out which of them are
in the desk. It names it nowhere else. Can go with Frappe 15.
"""

import frappe

DESK = "/desk" if int(frappe.__version__.split(".")[0]) >= 16 else "/app"
