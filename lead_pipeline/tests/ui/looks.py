"""How the desk looks: pictures of a window, and whether its words can be read."""

from playwright.sync_api import Locator

from lead_pipeline.tests.ui.desk import Desk

# What words need against what they stand on (WCAG 2, AA).
READABLE = 4.5


def contrasts(desk: Desk, where: str) -> float:
	"""The least contrast of words there, in light and dark."""
	found = []
	for theme in ("dark", "light"):
		desk.page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
		found += contrasts_of(desk.front.locator(where))
	assert found, f"nothing is written at {where}"
	return min(found)


def contrasts_of(elements: Locator) -> list[float]:
	"""The contrast of the words in each of these, as they are shown now."""
	return elements.evaluate_all(
		"""(elements) => {
			const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
			const seen = (colours) => {
				canvas.clearRect(0, 0, 1, 1);
				for (const colour of colours) {
					canvas.fillStyle = colour;
					canvas.fillRect(0, 0, 1, 1);
				}
				return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
			};
			const light = (colour) => {
				const [red, green, blue] = colour.map((part) => {
					part /= 255;
					return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
				});
				return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
			};
			const says = (element) =>
				[...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
			return elements.filter(says).map((element) => {
				const grounds = [];
				for (let one = element; one; one = one.parentElement) {
					grounds.unshift(getComputedStyle(one).backgroundColor);
				}
				const ground = ["white", ...grounds];
				const shades = [seen([...ground, getComputedStyle(element).color]), seen(ground)].map(light);
				return (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05);
			});
		}"""
	)


def left_edges(desk: Desk) -> tuple[list[int], list[int]]:
	"""Where the heads of a list and the values of its first row begin, in pixels."""
	left = """row => [...row.querySelectorAll(".level-left > .list-row-col")]
		.filter((cell) => cell.offsetWidth).map((cell) => Math.round(cell.getBoundingClientRect().left))"""
	rows = (".list-row-head", ".list-row-container .list-row")
	heads, values = (desk.front.locator(row).first.evaluate(left) for row in rows)
	return heads, values


def pictures(desk: Desk, name: str) -> None:
	"""Light, dark and on a phone."""
	desk.picture(name)
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'dark')")
	desk.picture(f"{name}-dark")
	desk.page.set_viewport_size({"width": 390, "height": 800})
	desk.picture(f"{name}-narrow")
	desk.page.set_viewport_size({"width": 1440, "height": 900})
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'light')")
