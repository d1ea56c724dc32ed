// The statuses of a lead as a row of buttons, a radio group: the open ones in their order, the closed ones behind a
// button of their own, so that the row fits a small screen and nobody closes a lead by a slip of the hand.

import { keep_children, make } from "./dom";

let numbered = 0;

lead_pipeline.StatusButtons = class StatusButtons {
	// `choose(status)` is called when a person takes another status than the one shown.
	constructor(parent, choose) {
		this.choose = choose;
		this.group = make("div", { class: "lead-statuses", role: "radiogroup", "aria-label": __("Status") });
		this.group.addEventListener("keydown", (event) => this.on_key(event));
		this.buttons = new Map();
		this.make_closed_menu();
		parent.append(this.group);
	}

	show({ status, lead_type, locked }) {
		const focused = this.group.contains(document.activeElement);
		this.current = status;
		this.locked = locked;
		const names = shown_statuses(status, lead_type);
		const row = names.filter((name) => name === status || !lead_pipeline.is_closed(name));
		const closed = names.filter((name) => !row.includes(name));
		this.toggle.disabled = locked;
		keep_children(
			this.menu,
			closed.map((name) => this.radio(name)),
		);
		keep_children(this.group, [
			...row.map((name) => this.radio(name)),
			...(closed.length ? [this.closed_place] : []),
		]);
		this.group.setAttribute("aria-disabled", Boolean(locked));
		this.make_one_reachable();
		if (focused && !this.group.contains(document.activeElement)) {
			this.group.querySelector("[tabindex='0']")?.focus();
		}
	}

	radio(name) {
		if (!this.buttons.has(name)) this.buttons.set(name, this.make_radio(name));
		const button = this.buttons.get(name);
		const checked = name === this.current;
		button.className = `lead-status btn ${lead_pipeline.colour_class("status", name)}`;
		button.setAttribute("aria-checked", checked);
		button.tabIndex = -1;
		button.title = lead_pipeline.status(name)?.meaning || "";
		button.disabled = this.locked && !checked;
		return button;
	}

	make_radio(name) {
		const button = make("button", { type: "button", role: "radio", "data-status": name }, __(name));
		button.addEventListener("click", () => {
			this.toggle_closed(false);
			if (name !== this.current && !this.locked) this.choose(name);
		});
		return button;
	}

	make_closed_menu() {
		const id = `lead-closed-statuses-${++numbered}`;
		this.toggle = make(
			"button",
			{
				type: "button",
				class: "lead-closed-toggle btn",
				"aria-expanded": "false",
				"aria-controls": id,
			},
			__("Close as"),
		);
		this.toggle.addEventListener("click", () => this.toggle_closed(this.menu.hidden));
		this.menu = make("div", { id, class: "lead-closed-menu", hidden: true });
		this.closed_place = make("div", { class: "lead-closed" }, this.toggle, this.menu);
	}

	toggle_closed(open) {
		if (this.menu.hidden === !open) return;
		this.menu.hidden = !open;
		this.toggle.setAttribute("aria-expanded", open);
		if (!open) return;
		this.menu.firstElementChild.focus();
		const place = this.menu.parentElement;
		const close = (event) => {
			if (place.contains(event.target)) return;
			this.toggle_closed(false);
			document.removeEventListener("pointerdown", close);
		};
		document.addEventListener("pointerdown", close);
	}

	// The Tab key stops once at the row and arrows move within it; taking a status saves the lead, so that moving
	// alone takes none.
	on_key(event) {
		const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
		if (step) {
			const radios = this.radios_around(event.target);
			const place = radios.indexOf(event.target);
			radios[(place + step + radios.length) % radios.length]?.focus();
			event.preventDefault();
		} else if (event.key === "Escape" && !this.menu.hidden) {
			this.toggle_closed(false);
			this.toggle.focus();
			event.stopPropagation();
		}
	}

	// Those that the arrow keys go through: the closed ones among themselves while their menu is open.
	radios_around(target) {
		if (this.menu.contains(target)) return [...this.menu.children];
		return [...this.group.querySelectorAll(":scope > [role=radio], .lead-closed-toggle")];
	}

	make_one_reachable() {
		const radios = ":scope > [role=radio]";
		const stop =
			this.group.querySelector(`${radios}[aria-checked=true]`) || this.group.querySelector(radios);
		stop?.setAttribute("tabindex", 0);
	}
};

// What the type allows and, whatever it is, the present one; in the order of the statuses.
function shown_statuses(status, lead_type) {
	const choosable = lead_pipeline.choosable(lead_type);
	const names = lead_pipeline
		.statuses()
		.map(({ name }) => name)
		.filter((name) => name === status || choosable.includes(name));
	return !status || names.includes(status) ? names : [status, ...names];
}
