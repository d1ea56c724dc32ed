"""What the app relies on in Frappe.

A test for each file of `framework/` that says by name what a version has moved. The tests need the framework, but no
site.
"""
