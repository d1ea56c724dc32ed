// The page on which a visitor fills in a form on Pipeline Lead. No library: it is loaded by people who only look.

const ENTRANCE = "/api/method/frappe.website.doctype.web_form.web_form.accept";
const TICKETS = "/api/method/lead_pipeline.capture.form.submission.ticket";
const CAMPAIGN = ["utm_source", "utm_medium", "utm_campaign"];

class LeadForm {
	constructor(page) {
		this.page = page;
		this.form = page.querySelector(".lead-form");
		this.problem = page.querySelector(".lead-form-problem");
		this.button = page.querySelector(".lead-form-send");
		this.data = JSON.parse(page.querySelector(".lead-form-data").textContent);
		this.address = new URLSearchParams(window.location.search);
		this.form.addEventListener("focusin", () => this.get_ticket(), { once: true });
		this.form.addEventListener("input", () => this.follow_dependencies());
		this.form.addEventListener("submit", (event) => {
			event.preventDefault();
			this.send();
		});
		this.follow_dependencies();
		this.tell_height();
	}

	// A ticket says when somebody began; the page itself is the same for everybody, and cached.
	get_ticket() {
		this.ticket =
			this.ticket ||
			fetch(`${TICKETS}?web_form=${encodeURIComponent(this.data.form)}`, {
				headers: { Accept: "application/json" },
			})
				.then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
				.then(({ message }) => ({ ...message, since: Date.now() }))
				.catch(() => {
					this.ticket = null;
					return {};
				});
		return this.ticket;
	}

	async send() {
		this.say("");
		if (this.sending || !this.is_complete()) return;
		this.sending = true;
		this.button.disabled = true;
		const label = this.button.textContent;
		this.button.textContent = this.data.words.sending;
		try {
			const ticket = await this.get_ticket();
			// A browser can fill in a form faster than people do; then the page waits, not the visitor's enquiry.
			await pause(ticket.wait ? ticket.wait * 1000 + 200 - (Date.now() - ticket.since) : 0);
			await this.post(ticket.ticket);
		} catch (error) {
			this.say(error.said || this.data.words.failed);
			this.point_at(error.said);
		}
		this.button.textContent = label;
		this.button.disabled = false;
		this.sending = false;
	}

	async post(ticket) {
		const headers = { Accept: "application/json", "Content-Type": "application/json" };
		const token = window.frappe?.csrf_token;
		if (token && token !== "None") headers["X-Frappe-CSRF-Token"] = token;
		const answer = await fetch(ENTRANCE, {
			method: "POST",
			headers,
			body: JSON.stringify({
				web_form: this.data.form,
				data: JSON.stringify(this.answers()),
				about: JSON.stringify(this.about(ticket)),
				_lang: this.data.lang,
			}),
		});
		if (!answer.ok) throw { said: answer.status === 429 ? this.data.words.busy : await words_of(answer) };
		this.thank();
	}

	answers() {
		const found = {};
		for (const control of this.controls()) {
			if (control.closest("[data-depends-on]")?.hidden) continue;
			found[control.name] = control.type === "checkbox" ? Number(control.checked) : control.value;
		}
		return found;
	}

	about(ticket) {
		// In a frame, the page around it says where the visitor is and came from.
		const found = {
			ticket,
			page: this.address.get("page") || window.location.href,
			referrer: this.address.get("page") ? this.address.get("referrer") : document.referrer,
			consent: this.form.elements.consent?.checked ? this.data.consent : null,
			[this.data.trap]: this.form.elements[this.data.trap].value,
		};
		for (const name of CAMPAIGN) found[name] = this.address.get(name);
		return found;
	}

	controls() {
		return [...this.form.querySelectorAll("[data-field] :is(input, select, textarea)")];
	}

	// As in the desk: the name of another field, or an expression about all of them.
	follow_dependencies() {
		const doc = this.answers();
		for (const field of this.form.querySelectorAll("[data-depends-on]")) {
			const condition = field.dataset.dependsOn;
			let shown = Boolean(Number(doc[condition]) || (doc[condition] && isNaN(doc[condition])));
			if (condition.startsWith("eval:")) {
				try {
					shown = Boolean(new Function("doc", `return (${condition.slice(5)})`)(doc));
				} catch {
					shown = true;
				}
			}
			field.hidden = !shown;
			for (const control of field.querySelectorAll("input, select, textarea"))
				control.disabled = !shown;
		}
		this.tell_height();
	}

	// Every mistake at once: each at its field, all of them above the button.
	is_complete() {
		const wrong = [...this.form.querySelectorAll(":is(input, select, textarea):invalid")];
		this.form.classList.toggle("lead-form-checked", wrong.length > 0);
		for (const control of this.form.querySelectorAll("[aria-invalid]")) this.unmark(control);
		wrong.forEach((control) => this.mark(control));
		if (!wrong.length) return true;
		this.say(wrong.map(mistake_of).join("\n"));
		wrong[0].focus();
		return false;
	}

	// What the server refuses, it names as it was typed: that field is the one to correct.
	point_at(said) {
		const named = ({ type, value }) => type !== "checkbox" && value.length > 2 && said?.includes(value);
		const control = this.controls().find(named);
		if (!control) return;
		this.mark(control, said);
		control.focus();
	}

	mark(control, text = control.validationMessage) {
		this.unmark(control);
		const note = document.createElement("p");
		note.id = `${control.id || control.name}-mistake`;
		note.className = "lead-form-mistake";
		note.textContent = text;
		(control.closest(".lead-form-tick") || control).after(note);
		control.setAttribute("aria-invalid", "true");
		control.setAttribute("aria-describedby", note.id);
		control.addEventListener("input", () => control.validity.valid && this.unmark(control));
	}

	unmark(control) {
		const note = document.getElementById(control.getAttribute("aria-describedby"));
		if (note?.classList.contains("lead-form-mistake")) note.remove();
		control.removeAttribute("aria-invalid");
		control.removeAttribute("aria-describedby");
	}

	thank() {
		// A frame on another site stays what it is: the next page need not be one that may be shown there.
		if (this.data.next && window.parent === window) {
			window.location.href = this.data.next;
			return;
		}
		this.page.querySelector(".lead-form-start").hidden = true;
		const end = this.page.querySelector(".lead-form-end");
		end.hidden = false;
		end.focus();
		this.tell_height();
	}

	say(text) {
		this.problem.textContent = text;
		this.problem.hidden = !text;
		this.tell_height();
	}

	// The page around a frame gives it the height that it needs.
	tell_height() {
		if (window.parent === window) return;
		window.parent.postMessage({ lead_form: this.data.form, height: this.page.scrollHeight }, "*");
	}
}

function mistake_of(control) {
	const label = control.type !== "checkbox" && control.labels[0]?.textContent.replace("*", "").trim();
	return label ? `${label}: ${control.validationMessage}` : control.validationMessage;
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, Math.max(0, milliseconds)));

// The server's message, as text: whatever markup it has is not shown.
async function words_of(answer) {
	try {
		const messages = JSON.parse((await answer.json())._server_messages || "[]");
		const last = JSON.parse(messages.at(-1)).message;
		return new DOMParser().parseFromString(last, "text/html").body.textContent;
	} catch {
		return "";
	}
}

for (const page of document.querySelectorAll(".lead-form-page")) new LeadForm(page);
