"""The one error that the sandbox shows to its user."""


class SandboxError(Exception):
	"""Something that the user can act on: the message says what happened and what to do next."""
