"""A small IMAP server with one mailbox, from which the framework fetches mails.

It knows what the framework's receiver asks, and no more.
"""

import re
import socketserver
import threading


class Mailbox(socketserver.ThreadingTCPServer):
	"""The server; `mails` by UID, `seen`: the UIDs that were fetched."""

	allow_reuse_address = True
	daemon_threads = True

	def __init__(self) -> None:
		super().__init__(("127.0.0.1", 0), Session)
		self.lock = threading.Lock()
		self.mails: dict[int, bytes] = {}
		self.seen: set[int] = set()
		threading.Thread(target=self.serve_forever, daemon=True).start()

	@property
	def port(self) -> int:
		return self.server_address[1]

	def put(self, mail: bytes) -> None:
		with self.lock:
			self.mails[len(self.mails) + 1] = mail

	def unseen(self) -> list[int]:
		with self.lock:
			return sorted(self.mails.keys() - self.seen)


class Session(socketserver.StreamRequestHandler):
	"""One connection of a client."""

	server: Mailbox

	def handle(self) -> None:
		self.say("* OK ready")
		while line := self.rfile.readline().decode(errors="replace").strip():
			tag, _space, command = line.partition(" ")
			name, _space, rest = command.partition(" ")
			if name.upper() == "UID":
				name, _space, rest = rest.partition(" ")
				name = f"UID {name}"
			answer = self.answers().get(name.upper())
			if answer:
				answer(rest)
			self.say(f"{tag} OK done")
			if name.upper() == "LOGOUT":
				return

	def answers(self) -> dict:
		return {
			"CAPABILITY": lambda rest: self.say("* CAPABILITY IMAP4rev1"),
			"SELECT": lambda rest: self.say(f"* {len(self.server.mails)} EXISTS\r\n* FLAGS (\\Seen)"),
			"STATUS": self.status,
			"UID SEARCH": self.search,
			"UID FETCH": self.fetch,
			"UID STORE": self.store,
			"LOGOUT": lambda rest: self.say("* BYE"),
		}

	def status(self, rest: str) -> None:
		folder = rest.partition(" ")[0]
		self.say(f"* STATUS {folder} (UIDVALIDITY 1 UIDNEXT {len(self.server.mails) + 1})")

	def search(self, rest: str) -> None:
		"""All mails, or those that nobody has fetched."""
		found = self.server.unseen() if "UNSEEN" in rest.upper() else sorted(self.server.mails)
		first = re.search(r"UID (\d+):", rest)
		numbers = [number for number in found if not first or number >= int(first[1])]
		self.say(f"* SEARCH {' '.join(map(str, numbers))}".rstrip())

	def fetch(self, rest: str) -> None:
		uid = int(rest.partition(" ")[0])
		mail = self.server.mails[uid]
		flags = "\\Seen" if uid in self.server.seen else ""
		self.wfile.write(f"* {uid} FETCH (UID {uid} FLAGS ({flags}) BODY[] {{{len(mail)}}}\r\n".encode())
		self.wfile.write(mail + b")\r\n")

	def store(self, rest: str) -> None:
		uid, _space, flags = rest.partition(" ")
		if "SEEN" in flags.upper():
			with self.server.lock:
				change = self.server.seen.discard if flags.startswith("-") else self.server.seen.add
				change(int(uid))

	def say(self, text: str) -> None:
		self.wfile.write(f"{text}\r\n".encode())
