"""Notify users in the desk, if they want it; many leads make one notification."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import frappe
from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.utils import escape_html, get_url_to_list

from lead_pipeline.constants import LEAD, OPEN_CATEGORIES

# HTML, in the language that it gets.
Saying = Callable[[str | None], str]
# The same of so many leads.
SayingOfMany = Callable[[int, str | None], str]


# So many leads are told of one by one; of more, one message says how many.
SPELLED_OUT = 3

# Seconds in which what is told of several leads, and was not read yet, becomes one message.
TOGETHER_SECONDS = 3600


def tell(
	user: str,
	subject: str | Saying,
	lead: str | None = None,
	leads_with: dict | None = None,
	run: tuple[str, str] | None = None,
) -> str | None:
	"""Add `subject` (HTML) to the notifications of `user`, with a link.

	The link leads to `lead`, to `run` (DocType and name of an import) or else to the list of leads; by it an
	uninstall also finds notifications that name no document. `subject`: in the user's language, or a function that
	returns it in a language. `leads_with`: values by which the list is filtered. Written in this transaction, so
	that a rollback removes it. Users who are disabled or have switched notifications off get none. Returns the name
	of the notification, if there is one.
	"""
	enabled, language = frappe.db.get_value("User", user, ["enabled", "language"]) or (0, None)
	if not enabled or not is_notifications_enabled(user):
		return None
	doctype, name = (LEAD, lead) if lead else run or (None, None)
	notification = frappe.new_doc("Notification Log")
	notification.update(
		{
			"type": "Alert",
			"for_user": user,
			"from_user": frappe.session.user,
			"subject": subject(language) if callable(subject) else subject,
			"document_type": doctype,
			"document_name": name,
		}
	)
	if not doctype:
		address = address_of_list(leads_with) if leads_with else get_url_to_list(LEAD)
		notification.update({"link": address, "email_content": link_to(address)})
	# Whoever does something that others are told of has no right to their notifications.
	return notification.insert(ignore_permissions=True).name


def tell_of_leads(
	user: str, topic: str, news: dict[str, Saying], many: SayingOfMany, leads_with: dict
) -> None:
	"""Notify `user` about each lead, or about many leads with one notification.

	`news`: name → HTML; more than a few make one message for all. A recent, unread notification on the same `topic`
	counts as well and is replaced by that message, because users switch off notifications that come by the
	thousand. `leads_with`: values by which the list is filtered that the message for all links to.
	"""
	key = f"lead_pipeline_told:{topic}:{user}"
	earlier = unread(frappe.cache.get_value(key, expires=True) or {})
	total = sum(earlier.values()) + len(news)
	if total <= SPELLED_OUT:
		made = {tell(user, say, lead): 1 for lead, say in news.items()}
	else:
		if earlier:
			frappe.db.delete("Notification Log", {"name": ("in", list(earlier))})
		earlier = {}
		made = {tell(user, lambda language: many(total, language), leads_with=leads_with): total}
	made.pop(None, None)
	frappe.cache.set_value(key, earlier | made, expires_in_sec=TOGETHER_SECONDS)


def unread(told: dict[str, int]) -> dict[str, int]:
	"""Return those of the notifications that exist and were not read.

	`told`: name → number of leads.
	"""
	names = told and frappe.get_all(
		"Notification Log", {"name": ("in", list(told)), "read": 0}, pluck="name", order_by=None
	)
	# PostgreSQL answers with a text for a name that was inserted as a number.
	numbers = {str(name): number for name, number in told.items()}
	return {str(name): numbers[str(name)] for name in names or ()}


def address_of_list(values: dict) -> str:
	"""Return the address of the list of open leads with these values.

	In the form in which the framework reads an address.
	"""
	filters = values | {"status_category": ("in", ",".join(OPEN_CATEGORIES))}
	spelled = {
		field: value if isinstance(value, str) else json.dumps(value) for field, value in filters.items()
	}
	return f"{get_url_to_list(LEAD)}?{urlencode(spelled)}"


def link_to(address: str) -> str:
	"""Return a link to `address` for the page of the notification itself.

	For Frappe 15.0, whose notifications lead to documents only.
	"""
	return f'<a href="{escape_html(address)}">{escape_html(address)}</a>'
