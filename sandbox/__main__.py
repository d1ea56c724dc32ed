"""Run a whole Frappe site from package registries: `python3 -m sandbox`.

For demo, tests and development.
"""

import argparse
import errno
import signal
import sys

from sandbox import commands, load
from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.faults import FAULTS
from sandbox.layout import DATABASES, ROLES, STATE, Bench, sources_of


def parser() -> argparse.ArgumentParser:
	top = argparse.ArgumentParser(prog="python3 -m sandbox", description=__doc__, allow_abbrev=False)
	subs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
	choices = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
	choices.add_argument(
		"--frappe",
		metavar="PATH|BRANCH",
		help="your checkout of the framework, or a branch of its repository: version-15",
	)
	choices.add_argument(
		"--with",
		metavar="PATH|APP",
		dest="apps",
		action="append",
		default=[],
		help="your checkout of an app, or one by its name on the framework's branch: erpnext",
	)
	choices.add_argument(
		"--without-erp", action="store_true", help="no sales app: the framework and this app alone"
	)
	choices.add_argument("--db", choices=DATABASES, default="mariadb")

	def add(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
		return subs.add_parser(name, help=text, description=text, parents=parents, allow_abbrev=False)

	up = add("up", "From nothing to the desk with demo data. Ctrl-C stops it.", choices)
	up.add_argument("--port", type=int, help="of the desk; without it a free one is found")
	tests = add("test", "From nothing to the test suite; further arguments are pytest's.", choices)
	tests.add_argument(
		"--sites",
		type=int,
		metavar="N",
		help="side by side, among which the tests are shared; without it two for the whole suite, else one",
	)
	tests.add_argument(
		"--replica", action="store_true", help="with a second MariaDB that follows the first one"
	)
	measures = add("benchmark", "From nothing to the benchmarks; prints one table.", choices)
	measures.add_argument("names", nargs="*", metavar="NAME", help="files in benchmarks/; without one, all")
	measures.add_argument(
		"--leads", type=int, metavar="N", help="how many there are where many are asked for"
	)
	measures.add_argument("--record", action="store_true", help="write the figures into docs/benchmarks.md")
	loads = add("load", "From nothing to many people at once; checks the site and writes a table.", choices)
	loads.add_argument("--minutes", type=float, default=10, metavar="N", help="how long, 10 without it")
	loads.add_argument("--leads", type=int, default=100_000, metavar="N", help="among so many leads")
	loads.add_argument(
		"--faults",
		nargs="*",
		choices=list(FAULTS),
		metavar="NAME",
		help=f"a minute for each fault in place of the load; all without names: {', '.join(FAULTS)}",
	)
	add("pictures", "Take the pictures of the documentation from the demo's site.", choices)
	bench = add("bench", "Run the framework's command line on a bench; its arguments come last.", choices)
	bench.add_argument("--role", choices=ROLES, default="demo", help="whose site")
	one = add(
		"restart", "Restart one server of a running `up`, as after a crash; the others stay up.", choices
	)
	one.add_argument(
		"server",
		metavar="NAME",
		help="web, worker, scheduler, redis-cache, redis-queue, and mariadb or postgres",
	)
	add("down", "Stop a running `up`.")
	reset = add("reset", "Delete the sites and their databases.")
	reset.add_argument(
		"--all", action="store_true", help="also the virtualenv, the framework and all downloads"
	)
	return top


def split(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
	"""Return the sandbox's options and the arguments for pytest or the framework.

	The latter are passed on as they are.
	"""
	top = parser()
	if argv[:1] == ["bench"]:
		end = end_of_options(argv)
		return top.parse_args(argv[:end]), argv[end + 1 :] if argv[end : end + 1] == ["--"] else argv[end:]
	if argv[:1] == ["test"]:
		end = argv.index("--") if "--" in argv else len(argv)
		options, rest = top.parse_known_args(argv[:end])
		return options, rest + argv[end + 1 :]
	return top.parse_args(argv), []


def end_of_options(argv: list[str]) -> int:
	"""Where in `bench OPTIONS COMMAND ...` the framework's own part begins."""
	place = 1
	while place < len(argv):
		name, equals, _ = argv[place].partition("=")
		if name in ("--frappe", "--with", "--db", "--role"):
			place += 1 if equals else 2
		elif name in ("--without-erp", "-h", "--help"):
			place += 1
		else:
			break
	return place


def main(argv: list[str]) -> int:
	options, rest = split(argv)
	console = Console()
	if options.command == "down":
		return commands.down(STATE, console)
	if options.command == "reset":
		return commands.reset(STATE, options.all, console)
	sources = sources_of(options.frappe, options.apps, not options.without_erp)
	roles = {"up": "demo", "restart": "demo", "pictures": "demo"}
	roles |= {"test": "test", "benchmark": "benchmark", "load": "load"}
	role = roles.get(options.command) or options.role
	bench = Bench(sources, role, options.db, replica=getattr(options, "replica", False))
	return on_bench(bench, options, rest, console)


def on_bench(bench: Bench, options: argparse.Namespace, rest: list[str], console: Console) -> int:
	if options.command == "up":
		return commands.up(bench, options.port, console)
	if options.command == "restart":
		return commands.restart(bench, options.server, console)
	if options.command == "test":
		return commands.test(bench, rest, options.sites, console)
	if options.command == "benchmark":
		return commands.benchmark(bench, options.names, options.leads, options.record, console)
	if options.command == "load":
		chosen = () if options.faults is None else tuple(options.faults or FAULTS)
		return load.load(bench, load.Plan(options.minutes, options.leads, chosen), console)
	if options.command == "pictures":
		return commands.pictures(bench, console)
	return commands.framework_command(bench, rest, console)


def interrupt(number: int, _frame) -> None:
	"""End as Ctrl-C does, once; what runs then stops what it has started."""
	for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		signal.signal(each, signal.SIG_IGN)
	raise KeyboardInterrupt(number)


def guarded(argv: list[str]) -> int:
	"""Run `main`; turn errors that the user can act on into a message and exit code."""
	for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		signal.signal(number, interrupt)
	try:
		return main(argv)
	except KeyboardInterrupt as stop:
		print("Stopped. The next run goes on from here.", file=sys.stderr)
		return 128 + (stop.args[0] if stop.args else signal.SIGINT)
	except SandboxError as error:
		print(f"\nError: {error}", file=sys.stderr)
	except OSError as error:
		print(f"\nError: {described(error)}", file=sys.stderr)
	return 1


def described(error: OSError) -> str:
	if error.errno in (errno.ENOSPC, errno.EDQUOT):
		place = f" ({error.filename})" if error.filename else ""
		return f"The disk is full{place}. Free some space, then run the command again; it goes on from there."
	if isinstance(error, PermissionError):
		return f"{error.filename}: no permission. An earlier run by another user? Change the folder's owner."
	return str(error)


if __name__ == "__main__":
	sys.exit(guarded(sys.argv[1:]))
