"""A second MariaDB that follows the bench's own, as large sites have one.

It is made anew for each run: a copy of the primary by its own dump, then the primary's binary log from there on.
"""

import os
import shutil
import subprocess

from sandbox import mariadb, ports
from sandbox.errors import SandboxError
from sandbox.layout import Bench
from sandbox.processes import Service, Services, run
from sandbox.system import program

USER = "lead_pipeline_replica"


def start(bench: Bench, services: Services) -> int:
	"""Start a replica of the running database and return its port."""
	(port,) = ports.free(1)
	folder = bench.folder / "db-replica"
	shutil.rmtree(folder, ignore_errors=True)
	command = [program("mariadb-install-db"), "--no-defaults", f"--datadir={folder}", "--skip-test-db"]
	command += ["--auth-root-authentication-method=normal", "--skip-name-resolve", *mariadb.as_root()]
	run(command, bench.logs / "replica-install.log", "MariaDB could not make the replica's data folder.")
	replica = services.start(service(bench, folder, port))
	replica.wait_until(lambda: ports.answers(port))
	primary = next(each for each in services.running if each.name == "mariadb")
	follow(bench, primary.port, port)
	return port


def service(bench: Bench, folder, port: int) -> Service:
	command = [program("mariadbd"), "--no-defaults", f"--datadir={folder}", "--socket=replica.sock"]
	command += [f"--pid-file={folder / 'replica.pid'}", f"--bind-address={ports.HOST}", f"--port={port}"]
	command += ["--server-id=2", "--read-only=1", "--skip-slave-start", "--slave-skip-errors=1396"]
	command += [f"--init-file={bench.config / 'db-init.sql'}", *mariadb.OPTIONS, *mariadb.as_root()]
	return Service("replica", [*command, *mariadb.RELAXED], bench.folder, port=port)


def follow(bench: Bench, primary: int, replica: int) -> None:
	"""Copy all of the primary to the replica and let it follow from there."""
	password = mariadb.password(bench)
	mariadb.execute(bench, primary, f"CREATE OR REPLACE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}'")
	mariadb.execute(bench, primary, f"GRANT REPLICATION SLAVE ON *.* TO '{USER}'@'127.0.0.1'")
	dump = [program("mariadb-dump"), *mariadb.login(primary), "--all-databases", "--master-data=1", "--gtid"]
	dump += ["--single-transaction", "--flush-privileges"]
	source = (
		f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary}, MASTER_USER='{USER}', "
		f"MASTER_PASSWORD='{password}'"
	)
	mariadb.execute(bench, replica, source)
	env = os.environ | {"MYSQL_PWD": password}
	with subprocess.Popen(dump, stdout=subprocess.PIPE, env=env) as written:
		load = subprocess.run([program("mariadb"), *mariadb.login(replica)], stdin=written.stdout, env=env)
	if written.returncode or load.returncode:
		raise SandboxError("The database could not be copied to its replica; what was wrong is above.")
	mariadb.execute(bench, replica, "START SLAVE")
