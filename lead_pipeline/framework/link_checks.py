"""Let a controller explain links to missing records before they are refused.

The framework names the missing record but not what to do about it, and checks the links before any hook runs.
Relies on `BaseDocument._validate_links`, which `Document.insert` and `Document.save` call first.
"""


class OwnLinkChecks:
	"""A controller with a method `check_links`, which raises for what it can explain.

	To be named before `Document` among the base classes.
	"""

	def _validate_links(self):
		self.check_links()
		super()._validate_links()
