"""Ports on the loopback address."""

import errno
import socket
from contextlib import ExitStack

from sandbox.errors import SandboxError

HOST = "127.0.0.1"


def free(count: int) -> list[int]:
	"""`count` different ports on which nothing listens at this moment."""
	with ExitStack() as held:
		sockets = [held.enter_context(socket.socket()) for _ in range(count)]
		for each in sockets:
			each.bind((HOST, 0))
		return [each.getsockname()[1] for each in sockets]


def reserve(port: int | None) -> socket.socket:
	"""Return a socket bound to `port`, or to a free one.

	Raises SandboxError when that is not possible.
	"""
	bound = socket.socket()
	bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	try:
		bound.bind((HOST, port or 0))
	except (OSError, OverflowError) as error:
		bound.close()
		if getattr(error, "errno", None) == errno.EADDRINUSE:
			raise SandboxError(
				f"Port {port} is taken by another program. Stop that, or name another port with --port, "
				"or leave --port out to get a free one."
			) from None
		raise SandboxError(f"Port {port} cannot be used: {error}.") from None
	return bound


def answers(port: int, send: bytes = b"", expect: bytes = b"") -> bool:
	"""Return whether the server on `port` answers `send` with `expect`.

	The answer has to begin with `expect`.
	"""
	try:
		with socket.create_connection((HOST, port), timeout=2) as connection:
			connection.sendall(send)
			return not expect or connection.recv(len(expect)) == expect
	except OSError:
		return False
