from frappe.utils.nestedset import NestedSet


class Territory(NestedSet):
	pass
