// The colours of the records, as CSS variables that lead_pipeline.bundle.scss uses.

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const style = document.createElement("style");
document.head.append(style);

// The class by which an element has the colour of a record: kind is "status", "priority" or "tag".
lead_pipeline.colour_class = (kind, name) =>
	`lead-${kind}-${encodeURIComponent(name || "").replace(/[^a-z0-9]/gi, "_")}`;

lead_pipeline.paint = () => {
	const { statuses, priorities, tags } = lead_pipeline.reference();
	style.textContent = [
		...statuses.map(({ name, color }) => rule(selector("status", name), color)),
		...tags.map(({ name, color }) => rule(`${selector("tag", name)}, ${pill_in_form(name)}`, color)),
		...above_normal(priorities).map(({ name, color }) => tint(selector("priority", name), color)),
	].join("\n");
};

// The upper half, the weightiest first: a tint that nearly every row has says nothing.
function above_normal(priorities) {
	return priorities.slice(0, Math.max(1, Math.floor(priorities.length / 2)));
}

function selector(kind, name) {
	return `.${lead_pipeline.colour_class(kind, name)}`;
}

// The framework's own pill for a tag chosen in the form.
function pill_in_form(name) {
	return `.lead-form [data-fieldname="tags"] .tb-selected-value[data-value="${encodeURIComponent(name)}"]`;
}

function rule(selectors, color) {
	if (!HEX.test(color || "")) return "";
	return `${selectors} { --lead-colour: ${color}; --lead-on-colour: ${readable_on(color)}; }`;
}

function tint(priority, color) {
	if (!HEX.test(color || "")) return "";
	return `${priority}, .list-row:has(${priority}) { --lead-tint: ${color}; }`;
}

// Black or white, whichever has the better contrast on the colour (relative luminance as WCAG 2 defines it).
function readable_on(color) {
	const digits =
		color.length === 4 ? [...color.slice(1)].map((digit) => digit + digit) : color.match(/\w\w/g);
	const [red, green, blue] = digits
		.map((pair) => parseInt(pair, 16) / 255)
		.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

lead_pipeline.paint();
