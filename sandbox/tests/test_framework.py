"""The framework's tree from the package index."""

import zipfile
from pathlib import Path

import pytest

from sandbox import framework
from sandbox.errors import SandboxError


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
	"""A small wheel of the renamed kind."""
	path = tmp_path / "small.whl"
	with zipfile.ZipFile(path, "w") as archive:
		archive.writestr("criscostack/__init__.py", 'import criscostack\nname = "CriscoERP for criscoerp"\n')
		archive.writestr("criscostack/utils/brik_helper.py", "# CRISCOSTACK\n")
		archive.writestr("criscostack/public/crisco-logo.png", b"\x89PNG\xff criscostack")
		archive.writestr("criscostack/.DS_Store", b"\0")
		metadata = "Name: criscostack\nRequires-Dist: Jinja2~=3.1\nRequires-Dist: mock; extra == 'dev'\n"
		archive.writestr("criscostack-1.0.0.dist-info/METADATA", metadata)
		archive.writestr("criscostack-1.0.0.dist-info/RECORD", "")
	return path


def test_a_file_with_another_hash_is_refused_and_removed(tmp_path: Path) -> None:
	(tmp_path / framework.WHEEL).write_bytes(b"something else")
	with pytest.raises(SandboxError, match="not the known one"):
		framework.download(tmp_path)
	assert not (tmp_path / framework.WHEEL).exists()


def test_an_index_that_cannot_be_reached_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
	monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
	monkeypatch.setenv("PIP_RETRIES", "0")
	monkeypatch.setenv("PIP_FIND_LINKS", "")
	monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
	with pytest.raises(SandboxError, match="Check the network"):
		framework.download(tmp_path)
	assert not (tmp_path / framework.WHEEL).exists()


def test_names_are_put_back_in_files_and_file_names(wheel: Path, tmp_path: Path) -> None:
	framework.unpack(wheel, tmp_path / "frappe")
	tree = tmp_path / "frappe"
	files = sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file())
	assert files == [
		"frappe/__init__.py",
		"frappe/public/frappe-logo.png",
		"frappe/utils/bench_helper.py",
		"requirements.txt",
	]
	assert (tree / "frappe/__init__.py").read_text() == 'import frappe\nname = "FrappeERP for erpnext"\n'
	assert (tree / "frappe/utils/bench_helper.py").read_text() == "# FRAPPE\n"
	assert (tree / "requirements.txt").read_text() == "Jinja2~=3.1\n"


def test_binary_files_stay_as_they_are(wheel: Path, tmp_path: Path) -> None:
	framework.unpack(wheel, tmp_path / "frappe")
	assert (tmp_path / "frappe/frappe/public/frappe-logo.png").read_bytes() == b"\x89PNG\xff criscostack"


def test_a_broken_archive_leaves_no_tree(wheel: Path, tmp_path: Path) -> None:
	data = bytearray(wheel.read_bytes())
	place = data.find(b"PNG")
	data[place : place + 3] = b"XXX"
	wheel.write_bytes(data)
	with pytest.raises(zipfile.BadZipFile):
		framework.unpack(wheel, tmp_path / "frappe")
	assert not (tmp_path / "frappe").exists()
