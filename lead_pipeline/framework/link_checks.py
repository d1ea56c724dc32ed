"""Let a controller explain links to missing records before the framework refuses them.

The framework names the missing record but not what to do about it, and looks at the links before any hook runs. Stands on
`BaseDocument._validate_links`, which `Document.insert` and `Document.save` call first.
"""


class OwnLinkChecks:
	"""A controller with a method `check_links`, which raises for what it can explain. To be named before `Document`."""

	def _validate_links(self):
		self.check_links()
		super()._validate_links()
