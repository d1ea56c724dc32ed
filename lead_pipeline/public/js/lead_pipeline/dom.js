// Elements instead of HTML text: whatever people wrote becomes text, and nothing in it runs or loads.

// make("button", { class: "btn", onclick, hidden: true }, "text", child, …); false and null children are left out.
export function make(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === undefined || value === null || value === false) continue;
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.flat().filter((child) => child || child === 0));
	return element;
}

// Give `parent` just these children, and leave those in place that it has already: a button that is drawn anew while it is
// held down is never clicked.
export function keep_children(parent, children) {
	[...parent.children].filter((child) => !children.includes(child)).forEach((child) => child.remove());
	children.forEach((child, place) => {
		if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] || null);
	});
}

// An icon of the framework; `name` is ours.
export function icon(name, size = "sm") {
	const holder = document.createElement("span");
	holder.className = "lead-icon";
	holder.setAttribute("aria-hidden", "true");
	holder.innerHTML = frappe.utils.icon(name, size);
	return holder;
}

export function pill(kind, name) {
	const colour = lead_pipeline.colour_class(kind, name);
	return make("span", { class: `lead-pill indicator-pill no-indicator-dot ${colour}` }, __(name));
}

// Picture or initials of a user; `people`: names and pictures by user, for those that the desk does not know. The
// framework's own avatar writes names and addresses of pictures into HTML as they are.
export function avatar(user, people = {}) {
	if (!user)
		return make("span", { class: "lead-avatar lead-avatar-none", title: __("Without a sales person") });
	const { name, image } = person(user, people);
	const [background, colour] = frappe.get_palette(name);
	const made = make("span", { class: "lead-avatar", title: name });
	if (is_own_picture(image)) made.append(make("img", { src: image, alt: "" }));
	else {
		made.style.background = `var(${background})`;
		made.style.color = `var(${colour})`;
		made.append(frappe.get_abbr(name).slice(0, 2));
	}
	return made;
}

export function person(user, people = {}) {
	const info = people[user] || {};
	const known = frappe.user_info(user);
	return { name: info.name || known.fullname || user, image: info.image || known.image };
}

// A picture from elsewhere would tell others who looks at a lead.
function is_own_picture(address) {
	return Boolean(address) && (address.startsWith("/files/") || address.startsWith("/private/files/"));
}

// The text of HTML that the server has made: its sentences, the rich text of a field, line by line. Nothing of it is drawn.
export function text_of(html) {
	const lines = (html || "").replace(/<(br|\/p|\/div|\/li|\/h[1-6])\b[^>]*>/gi, "$&\n");
	return frappe.utils.html2text(lines).trim();
}
