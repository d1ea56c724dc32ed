"""Texts that would run as a script if a page took them for HTML.

The module also tells whether one of them ran.
"""

ATTACK = "<img src=x onerror=\"window.attacked = 'image'\">"


# The framework lets no angle brackets into names of records; quotes come through.
QUOTES = "\" onmouseover=\"window.attacked = 'attribute'\" '"


OURS = "[class*=lead-], [class*=lead-] *:not(.frappe-control *)"


def move_over(desk, selector: str = OURS) -> None:
	"""Move the pointer over every visible element of ours.

	Attributes that react to the pointer would run a script then.
	"""
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
