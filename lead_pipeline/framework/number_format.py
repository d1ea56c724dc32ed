"""The signs of a number format such as `#.###,##`.

Frappe 16 has the class `NumberFormat` for it and calls the function of Frappe 15 deprecated. Can go with Frappe 15.
"""

import frappe


def number_signs(number_format: str) -> tuple[str, str]:
	"""Return the decimal separator and the thousands separator of a number format.

	Either may be empty.
	"""
	try:
		from frappe.utils.number_format import NumberFormat
	except ImportError:
		decimal, group, _precision = frappe.utils.get_number_format_info(number_format)
		return decimal, group
	known = NumberFormat.from_string(number_format)
	return known.decimal_separator, known.thousands_separator
