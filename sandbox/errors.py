"""The one error that the sandbox shows to its user."""


class SandboxError(Exception):
	"""An error that the user can act on.

	The message says what happened and what to do next.
	"""
