"""What the machine has to bring, and errors that a whole command shows."""

import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sandbox import __main__, commands, framework, mariadb, ports, python_env, requirements, system
from sandbox.errors import SandboxError
from sandbox.layout import ROOT, Bench, Sources
from sandbox.processes import Services

AS_NOBODY = """
import os, sys
from pathlib import Path
from sandbox import system
from sandbox.errors import SandboxError
if os.geteuid() == 0:
	os.setgid(65534)
	os.setuid(65534)
wanted = [system.Need(("mariadb-server",), lambda: None), system.Need(("redis-server",), lambda: "/bin/true")]
try:
	system.ensure(wanted, Path("/nowhere/apt.log"), None)
except SandboxError as error:
	print(error)
"""


def test_a_user_is_told_the_missing_packages_and_the_command() -> None:
	result = subprocess.run([sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, cwd=ROOT)
	assert "sudo apt-get install mariadb-server\n" in result.stdout, result.stderr
	assert "redis-server" not in result.stdout


def test_a_requirement_without_a_build_of_its_own_needs_a_compiler_and_headers() -> None:
	def packages(requirements: str) -> set[str]:
		return {package for need in system.needs("mariadb", False, requirements) for package in need.packages}

	more = packages("PyMySQL==1.1.2\nmysqlclient==2.2.7\n") - packages("PyMySQL==1.1.2\nmysqlclient-like\n")
	assert {"gcc", "pkg-config", "libmariadb-dev", "python3-dev"} <= more


@pytest.mark.parametrize(
	("clauses", "version", "fits"),
	[
		(">=3.14,<3.15", (3, 14, 2), True),
		(">=3.14,<3.15", (3, 11, 7), False),
		(">=3.14,<3.15", (3, 15, 0), False),
		(">=3.10,<3.14", (3, 14, 0), False),
		(">=3.10, <3.14", (3, 13, 9), True),
		(">3.10", (3, 10, 4), False),
		("<=3.12", (3, 12, 4), True),
		("~=3.11", (3, 14, 0), True),
		("~=3.11", (4, 0, 0), False),
		("==3.11.*", (3, 11, 7), True),
		("!=3.11.7", (3, 11, 7), False),
		("something new", (3, 11, 7), True),
	],
)
def test_which_python_a_checkout_can_run_on(clauses: str, version: tuple[int, ...], fits: bool) -> None:
	assert system.allows(clauses, version) is fits


def test_a_checkout_that_needs_another_python_is_named_before_anything_begins(tmp_path: Path) -> None:
	checkout = tmp_path / "frappe"
	(checkout / "frappe").mkdir(parents=True)
	for name in ("hooks.py", "modules.txt"):
		(checkout / "frappe" / name).touch()
	(checkout / "pyproject.toml").write_text('[project]\nname = "frappe"\nrequires-python = ">=3.99,<4"\n')
	command = [sys.executable, "-m", "sandbox", "test", "--frappe", checkout]
	result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
	assert result.returncode == 1
	assert "needed by frappe" in result.stderr and "python3.99 -m sandbox" in result.stderr


@pytest.mark.parametrize(
	("version", "path"), [("15.101.1", "/app"), ("16.10.7", "/desk"), ("17.0.0-dev", "/desk")]
)
def test_the_address_that_is_printed_is_the_desks(tmp_path: Path, version: str, path: str) -> None:
	(tmp_path / "frappe").mkdir()
	(tmp_path / "frappe" / "__init__.py").write_text(f'import os\n\n__version__ = "{version}"\n')
	assert commands.desk(tmp_path) == path


def test_too_little_space_is_told_before_anything_begins(tmp_path: Path) -> None:
	system.check_space(tmp_path, 0.000001)
	with pytest.raises(SandboxError, match="disk is nearly full"):
		system.check_space(tmp_path, 1e9)


def test_a_full_disk_leaves_no_half_framework(tmp_path: Path) -> None:
	small = tmp_path / "small"
	small.mkdir()
	mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True)
	if mounted.returncode:
		pytest.skip("a small file system can be mounted by root only")
	try:
		wheel = tmp_path / "big.whl"
		with zipfile.ZipFile(wheel, "w") as archive:
			archive.writestr("criscostack/data.bin", os.urandom(1_000_000))
		with pytest.raises(OSError) as caught:
			framework.unpack(wheel, small / "frappe")
		assert not (small / "frappe").exists()
		assert "disk is full" in __main__.described(caught.value)
	finally:
		subprocess.run(["umount", small], check=True)


def test_a_taken_port_ends_the_command_with_one_message() -> None:
	with socket.socket() as taken:
		taken.bind((ports.HOST, 0))
		taken.listen()
		command = [sys.executable, "-m", "sandbox", "up", "--port", str(taken.getsockname()[1])]
		result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
	assert result.returncode == 1
	assert result.stderr.startswith("\nError: Port") and "Traceback" not in result.stderr


def test_a_git_requirement_that_does_not_answer_is_taken_from_the_index() -> None:
	requirement = "gunicorn[gevent] @ git+https://127.0.0.1:9/frappe/gunicorn@2f5b492"
	assert requirements.reachable(requirement) == "gunicorn[gevent]"
	assert requirements.reachable("Click~=8.1") == "Click~=8.1"


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_git_requirement_that_answers_stays(tmp_path: Path) -> None:
	git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@example.com"]
	subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
	subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "first"], check=True)
	requirement = f"thing @ git+file://{tmp_path}@main"
	assert requirements.reachable(requirement) == requirement


def test_requirements_come_from_pyproject_and_else_from_requirements_txt(tmp_path: Path) -> None:
	assert requirements.requirements(tmp_path) == ""
	(tmp_path / "requirements.txt").write_text("old\n")
	assert requirements.requirements(tmp_path) == "old\n"
	(tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\ndependencies = ["new>=1", "other"]\n')
	assert requirements.requirements(tmp_path) == "new>=1\nother"


def package(folder: Path, name: str, record: bool = True) -> None:
	info = folder / f"{name}-1.0.dist-info"
	info.mkdir()
	(folder / f"{name}.py").touch()
	if record:
		(info / "RECORD").write_text(f'{name}.py,sha256=x,0\n"{name}-1.0.dist-info/RECORD",,\n{name}.pyc,,\n')


def test_half_installed_packages_are_taken_out_and_whole_ones_stay(tmp_path: Path) -> None:
	for name in ("whole", "cut", "lost"):
		package(tmp_path, name, record=name != "cut")
	(tmp_path / "lost.py").unlink()
	(tmp_path / "~hole").mkdir()
	python_env.mend(tmp_path)
	assert sorted(path.name for path in tmp_path.glob("*.dist-info")) == ["whole-1.0.dist-info"]
	assert not (tmp_path / "~hole").exists()


def test_arguments_of_pytest_and_of_the_framework_are_passed_on_as_they_are() -> None:
	options, rest = __main__.split(
		["test", "--db", "postgres", "-x", "-k", "lost or won", "lead_pipeline/tests"]
	)
	assert options.db == "postgres" and rest == ["-x", "-k", "lost or won", "lead_pipeline/tests"]
	options, rest = __main__.split(["test", "-x", "--", "--db", "thing"])
	assert options.db == "mariadb" and rest == ["-x", "--db", "thing"]
	options, rest = __main__.split(["bench", "--role", "test", "new-site", "--db", "x", "--help"])
	assert options.role == "test" and rest == ["new-site", "--db", "x", "--help"]


@pytest.mark.skipif(not system.program("mariadbd"), reason="needs MariaDB")
def test_mariadb_lets_in_one_administrator_with_a_password_and_nobody_else(tmp_path: Path) -> None:
	bench = Bench(Sources(state=tmp_path), "test")
	password = mariadb.create(bench)
	[port] = ports.free(1)
	client = [system.program("mysql"), "--no-defaults", f"--host={ports.HOST}", f"--port={port}", "-N", "-e"]
	with Services() as services:
		server = services.start(mariadb.service(bench, port))
		server.wait_until(lambda: mariadb.ready(port))

		def ask(user: str, secret: str, statement: str) -> subprocess.CompletedProcess:
			command = [*client, statement, f"--user={user}", f"--password={secret}"]
			return subprocess.run(command, capture_output=True, text=True)

		users = "select concat(user, '@', host) from mysql.user where user <> 'mariadb.sys'"
		assert ask("root", password, users).stdout.split() == ["root@127.0.0.1"]
		assert ask("root", password, "select @@character_set_server").stdout.strip() == "utf8mb4"
		assert ask("root", "", "select 1").returncode
		assert ask("nobody", "", "select 1").returncode


def test_a_python_that_the_index_copy_cannot_run_on_is_said_with_a_way_out() -> None:
	needed = {system.INDEX_COPY: requirements.INDEX_COPY_PYTHONS}
	for version in ((3, 10, 2), (3, 11, 7), (3, 12, 9)):
		system.check_python(needed, version)
	with pytest.raises(
		SandboxError, match=r"this is 3\.14\.8\. Run .*python3\.10 .* with --frappe version-16"
	):
		system.check_python(needed, (3, 14, 8))


@pytest.mark.skipif("LEAD_PIPELINE_BENCH" not in os.environ, reason="needs a bench of the sandbox")
def test_the_framework_takes_the_bench_for_its_own_and_not_what_lies_beside_its_checkout() -> None:
	from frappe.utils import get_bench_path

	assert get_bench_path() == os.environ["LEAD_PIPELINE_BENCH"]
	assert Path(get_bench_path(), "config").is_dir()
