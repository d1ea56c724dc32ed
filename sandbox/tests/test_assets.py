"""The desk's npm packages and bundles."""

import json
import os
from pathlib import Path

import pytest

from sandbox import assets, npm

REFUSED = """npm error code ETARGET
npm error notarget No matching version found for {package}.
npm error notarget In most cases you or one of your dependencies are requesting a package version that doesn't exist.
"""

# The npm packages of the sandbox that runs these tests; without it they would take half a minute to install.
NODE = Path(os.environ.get("LEAD_PIPELINE_BENCH", "/nowhere")).parent / "node"


def app(root: Path, name: str, **files: str) -> Path:
	(root / name / "public").mkdir(parents=True)
	(root / name / "hooks.py").touch()
	for file, text in files.items():
		(root / file.replace("_json", ".json").replace("_lock", ".lock")).write_text(text)
	return root


def test_a_pinned_version_that_the_registry_does_not_have_gives_way_to_an_allowed_one(
	tmp_path: Path, monkeypatch
) -> None:
	wanted = {"@frappe/charts": "^2.0.0-rc26", "moment": "^2.20.1"}
	locked = '"@frappe/charts@^2.0.0-rc26":\n  version "2.0.0-rc26"\n\nmoment@^2.20.1:\n  version "2.29.4"\n'
	root = app(
		tmp_path / "frappe", "frappe", package_json=json.dumps({"dependencies": wanted}), yarn_lock=locked
	)
	package, _locked = npm.packages([root])
	asked = []

	def registry(command: list[str], folder: Path, log: Path) -> str:
		if command[0] == "view":
			return ""
		asked.append(json.loads((folder / "package.json").read_text())["dependencies"])
		if asked[-1]["@frappe/charts"] == "2.0.0-rc26":
			return REFUSED.format(package="@frappe/charts@2.0.0-rc26")
		(folder / "node_modules").mkdir()
		(folder / "package-lock.json").touch()
		return ""

	monkeypatch.setattr(npm, "run", registry)
	npm.install(package, False, npm.ranges([root]), "stamp", tmp_path / "node", tmp_path / "log", print)
	assert asked == [
		{"@frappe/charts": "2.0.0-rc26", "moment": "2.29.4"},
		{"@frappe/charts": "^2.0.0-rc26", "moment": "2.29.4"},
	]


@pytest.mark.parametrize("wanted", ["2.0.0-rc26", "github:frappe/charts"])
def test_without_an_allowed_version_the_missing_one_is_named(
	tmp_path: Path, monkeypatch, wanted: str
) -> None:
	locked = f'"charts@{wanted}":\n  version "2.0.0-rc26"\n'
	text = json.dumps({"dependencies": {"charts": wanted}})
	root = app(tmp_path / "frappe", "frappe", package_json=text, yarn_lock=locked)
	package, _locked = npm.packages([root])
	refused = REFUSED.format(package="charts@2.0.0-rc26")
	monkeypatch.setattr(npm, "run", lambda command, folder, log: refused if command[0] == "install" else "")
	with pytest.raises(npm.SandboxError, match="does not have one of the packages"):
		npm.install(package, False, npm.ranges([root]), "stamp", tmp_path / "node", tmp_path / "log", print)


@pytest.mark.skipif(not (NODE / "node_modules").is_dir(), reason="needs the sandbox's npm packages")
@pytest.mark.parametrize("kind", ["css", "scss"])
def test_a_style_may_name_a_package_by_the_folder_in_which_a_bench_installs_it(
	tmp_path: Path, kind: str
) -> None:
	root = app(tmp_path / "desk", "desk")
	name = "desk/public/node_modules/autoprefixer-test-package/look.css"
	style = root / "desk" / "public" / f"desk.bundle.{kind}"
	style.write_text(f'@import "{name}";\n.own {{ color: red; }}\n')
	node = tmp_path / "node"
	modules = node / "node_modules"
	modules.mkdir(parents=True)
	for package in (NODE / "node_modules").iterdir():
		(modules / package.name).symlink_to(package)
	(modules / "autoprefixer-test-package").mkdir()
	(modules / "autoprefixer-test-package" / "look.css").write_text(".of-the-package { color: green; }\n")
	part = tmp_path / "part"
	part.mkdir()
	assets.compile_apps(["desk"], {"desk": root}, node, part, tmp_path / "log", print)
	[built] = (part / "desk" / "dist" / "css").glob("desk.bundle.*.css")
	assert ".of-the-package" in built.read_text() and ".own" in built.read_text()
