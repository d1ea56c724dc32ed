"""The servers behind a bench, database and Redis, and their configuration.

The configuration says where they are.
"""

import getpass
import json
import os
from types import ModuleType

from sandbox import mariadb, ports, postgres
from sandbox.console import Console
from sandbox.layout import Bench
from sandbox.processes import Service, Services
from sandbox.system import program

DRIVERS: dict[str, ModuleType] = {"mariadb": mariadb, "postgres": postgres}


def start(
	bench: Bench,
	services: Services,
	console: Console,
	web_port: int | None = None,
	**database_options,
) -> None:
	"""Start the database and Redis servers and write the bench's configuration.

	Both Redis servers and the database listen on free ports. `database_options`: what the driver's `service` takes
	beside the port.
	"""
	driver = DRIVERS[bench.db]
	if not driver.folder(bench).exists():
		with console.step(f"Making a data folder for {bench.db}"):
			password = driver.create(bench)
	else:
		password = driver.create(bench)
	db, cache, queue = ports.free(3)
	configure(bench, password, db, cache, queue, web_port)
	if bench.replica:
		database_options["options"] = driver.PRIMARY
	database = services.start(driver.service(bench, db, **database_options))
	for name, port in (("redis-cache", cache), ("redis-queue", queue)):
		services.start(redis(bench, name, port))
	for server, port in zip(services.running[-2:], (cache, queue), strict=True):
		server.wait_until(lambda port=port: ports.answers(port, b"PING\r\n", b"+PONG"))
	database.wait_until(lambda: driver.ready(db))


def redis(bench: Bench, name: str, port: int) -> Service:
	"""A Redis; only the demo's queue is kept on disk."""
	folder = bench.folder / "redis"
	folder.mkdir(parents=True, exist_ok=True)
	keep = bench.role == "demo" and name == "redis-queue"
	command = [program("redis-server"), "--bind", ports.HOST, "--port", str(port), "--dir", folder]
	command += ["--dbfilename", f"{name}.rdb", "--save", "60 1" if keep else "", "--daemonize", "no"]
	return Service(name, command, bench.folder, port=port)


def configure(bench: Bench, password: str, db: int, cache: int, queue: int, web: int | None) -> None:
	"""Write common_site_config.json: our keys as they are now, the user's own kept."""
	file = bench.sites / "common_site_config.json"
	config = json.loads(file.read_text()) if file.exists() else {}
	config |= {
		"db_host": ports.HOST,
		"db_port": db,
		"db_type": bench.db,
		"root_login": DRIVERS[bench.db].LOGIN,
		"root_password": password,
		"redis_cache": f"redis://{ports.HOST}:{cache}",
		"redis_queue": f"redis://{ports.HOST}:{queue}",
		"redis_socketio": f"redis://{ports.HOST}:{queue}",
		"default_site": bench.site,
		"serve_default_site": True,
		# There is no socket.io server, but without the client's part of it the desk's lists stay empty.
		"disable_async": False,
		"frappe_user": getpass.getuser(),
		"live_reload": False,
	}
	if web:
		config |= {"webserver_port": web, "host_name": f"http://{ports.HOST}:{web}"}
	# No demo sends mail. Tests decide themselves what runs and when.
	config |= {"mute_emails": 1} if bench.role == "demo" else {"allow_tests": True, "pause_scheduler": 1}
	write_json(file, config)


def write_json(file, content: dict) -> None:
	"""Write a file that only we can read (it holds passwords), whole or not at all."""
	part = file.with_name(f"{file.name}.part")
	mariadb.write_private(part, json.dumps(content, indent=1, sort_keys=True))
	os.replace(part, file)
