"""All texts that users read can be translated.

They go through `_()` or `__()` as a whole, with placeholders for what varies.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2]
# Calls that show their first argument to a user, and arguments of any call that users read.
SHOWING = {"throw", "msgprint", "show_alert"}
MARKUP = re.compile(r"<[^>]*>|\$\{[^}]*\}")
READ = {"title", "primary_action_label", "empty_message"}


def python_files() -> Iterator[Path]:
	skipped = ("tests", "patches")
	return (path for path in sorted(APP.rglob("*.py")) if path.relative_to(APP).parts[0] not in skipped)


def calls(path: Path) -> Iterator[ast.Call]:
	return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
	return getattr(call.func, "attr", getattr(call.func, "id", ""))


def is_put_together(node: ast.expr) -> bool:
	"""Return whether a text is made at run time.

	That is an f-string, a sum, or a text that is filled in already.
	"""
	filled = (
		isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
	)
	return isinstance(node, ast.JoinedStr | ast.BinOp) or filled


def is_written_out(node: ast.expr) -> bool:
	"""Return whether a text with letters stands in the code as it is."""
	if isinstance(node, ast.Constant):
		return isinstance(node.value, str) and bool(re.search(r"[A-Za-z]{2}", MARKUP.sub("", node.value)))
	if isinstance(node, ast.JoinedStr):
		return any(map(is_written_out, node.values))
	return isinstance(node, ast.BinOp) and (is_written_out(node.left) or is_written_out(node.right))


def place(path: Path, line: int) -> str:
	return f"{path.relative_to(APP)}:{line}"


def test_no_text_is_put_together_before_it_is_translated():
	found = [
		place(path, call.lineno)
		for path in python_files()
		for call in calls(path)
		if name_of(call) in ("_", "_lt") and call.args and is_put_together(call.args[0])
	]
	assert found == []


def test_python_shows_no_text_that_cannot_be_translated():
	found = []
	for path in python_files():
		for call in calls(path):
			shown = call.args[:1] if name_of(call) in SHOWING else []
			shown += [keyword.value for keyword in call.keywords if keyword.arg in READ]
			if name_of(call) != "log_error" and any(map(is_written_out, shown)):
				found.append(place(path, call.lineno))
	assert found == []


QUOTED = r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)"""
JS_SHOWING = re.compile(
	rf"\b(?:throw|msgprint|show_alert|show_progress|confirm|add_custom_button|add_inner_button|add_menu_item|"
	rf"add_action_item|set_intro|set_title|set_primary_action|set_secondary_action_label|add_indicator)\(\s*({QUOTED})"
)
JS_READ = re.compile(
	rf"\b(?:label|title|message|description|primary_action_label|placeholder|indicator_label):\s*({QUOTED})"
)
JS_PUT_TOGETHER = re.compile(r"\b__\(\s*(?:`[^`]*\$\{|\"[^\"]*\"\s*\+|'[^']*'\s*\+)")


def scripts() -> Iterator[Path]:
	return (path for path in sorted(APP.rglob("*.js")) if "node_modules" not in path.parts)


def has_words(quoted: str) -> bool:
	"""Return whether a quoted text is one for users.

	The name of a field or an icon is not.
	"""
	text = MARKUP.sub("", quoted)[1:-1]
	return bool(re.search(r"[A-Z][a-z]|[a-z]{2,} |[ ][a-z]{2,}", text))


def matches(pattern: re.Pattern, is_wrong=lambda match: True) -> list[str]:
	return [
		f"{place(path, text.count(chr(10), 0, match.start()) + 1)}: {match[0]}"
		for path in scripts()
		for text in [path.read_text()]
		for match in pattern.finditer(text)
		if is_wrong(match)
	]


def test_scripts_show_no_text_that_cannot_be_translated():
	shown = [matches(pattern, lambda match: has_words(match[1])) for pattern in (JS_SHOWING, JS_READ)]
	assert shown == [[], []]


def test_scripts_put_no_text_together_before_it_is_translated():
	assert matches(JS_PUT_TOGETHER) == []
