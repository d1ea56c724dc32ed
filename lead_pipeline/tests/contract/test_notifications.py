"""framework/notifications.py: settings of notifications, address of a list.

Whether a user wants to be notified, and where a list is.
"""

import inspect

from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled
from frappe.utils import get_url_to_list


def test_a_user_says_whether_to_be_told():
	assert list(inspect.signature(is_notifications_enabled).parameters) == ["user"]


def test_a_list_has_an_address():
	assert list(inspect.signature(get_url_to_list).parameters) == ["doctype"]
