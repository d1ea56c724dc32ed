"""Tells a user something in the bell of the desk, when the user wants to be told."""

import frappe
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs

from lead_pipeline.constants import LEAD


def tell(user: str, subject: str, lead: str | None = None) -> None:
	"""Put `subject` (HTML, in the user's language) into the notifications of `user`, with a link to `lead`.

	In this transaction, so that what is undone was not told. Users who are disabled or have switched
	notifications off are told nothing.
	"""
	make_notification_logs(
		frappe._dict(
			type="Alert",
			document_type=LEAD if lead else None,
			document_name=lead,
			subject=subject,
			from_user=frappe.session.user,
		),
		[frappe.db.get_value("User", user, "email")],
	)
