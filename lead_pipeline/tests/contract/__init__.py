"""What of Frappe the app stands on: a test for each file of `framework/` that says by name what a version has moved.

They need the framework, but no site.
"""
