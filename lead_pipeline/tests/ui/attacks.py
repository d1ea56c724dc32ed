"""Texts that would run a script on a page that takes them for HTML, and whether one ran."""

ATTACK = "<img src=x onerror=\"window.attacked = 'image'\">"


# The framework lets no angle brackets into names of records; quotes come through.
QUOTES = "\" onmouseover=\"window.attacked = 'attribute'\" '"


OURS = "[class*=lead-], [class*=lead-] *:not(.frappe-control *)"


def move_over(desk, selector: str = OURS) -> None:
	"""Let the pointer pass over everything of ours that can be seen: attributes that react to it would."""
	desk.page.evaluate(
		"""selector => document.querySelectorAll(selector).forEach((element) => {
			if (!element.getClientRects().length) return;
			for (const event of ["mouseover", "mouseout"])
				element.dispatchEvent(new MouseEvent(event, { bubbles: true }));
		})""",
		selector,
	)


def nothing_ran(desk) -> None:
	assert desk.page.evaluate("window.attacked || null") is None
