from frappe.utils.nestedset import NestedSet


class ItemGroup(NestedSet):
	pass
