// What the workspace shows beyond the framework's widgets: the trend of a number, the leads behind a bar of a chart, and
// first steps in the user's language that the user may take.

const OURS = /^lead_pipeline\./;

const bold = (label) => `<strong>${__(label)}</strong>`;

// What is said on the page to which a first step leads.
const HINTS = {
	"Plan What Comes Next": () =>
		__(
			"At the bottom are your leads without a next step. Choose {0} beside one of them: what, when, by whom.",
			[bold("Plan a Step")],
		),
	"Answer the Lead": () =>
		__(
			"Open a lead. Above its fields are its statuses, and beside them what you can do: write, log a call, plan the next step.",
		),
	"Make the First Offer": () =>
		__(
			"Open a lead and choose {0}, then the document. It arrives filled in; save it, and come back to the lead: its status has followed.",
			[bold("Create")],
		),
	"Win the First Lead": () =>
		__(
			"Drag a card: while you hold it, the closed statuses appear below. Or open the lead and take the status from {0}.",
			[bold("Close as")],
		),
	"Look Through the Statuses": () =>
		__("Open a status to see what it does. The position decides its place on the board."),
	"Bring the Leads That You Have": () =>
		__("Choose {0}, attach the file, and press {1}.", [bold("New"), bold("Rehearse")]),
	"Put the Form on the Website": () =>
		__(
			"Open the tab {0}, look at what the form asks, and publish it. {1} shows the two lines for a page of another website.",
			[bold("How Leads Come In"), bold("Embed on a Site")],
		),
	"Let Mails Become Leads": () =>
		__("Open the account of your sales address, tick {0}, and choose {1} under {2}.", [
			bold("Enable Incoming"),
			bold("Pipeline Lead"),
			bold("Append To"),
		]),
	"Hand Out New Leads": () =>
		__("Add a rule for the document type {0}. Who is assigned becomes the sales person of the lead.", [
			bold("Pipeline Lead"),
		]),
};

function with_trend(NumberCard) {
	return class extends NumberCard {
		get_number_for_custom_card(answer) {
			this.trend = OURS.test(this.card_doc.method) ? answer?.trend : null;
			return super.get_number_for_custom_card(answer);
		}

		render_number() {
			return Promise.resolve(super.render_number()).then(() => this.render_trend());
		}

		render_trend() {
			if (!this.trend) return;
			const { change, text } = this.trend;
			const way = { 1: "up", "-1": "down" }[Math.sign(change)] || "same";
			const trend = $("<div class='lead-trend'></div>").addClass(`lead-trend-${way}`);
			if (way !== "same") trend.append(frappe.utils.icon(`arrow-${way}-right`, "xs"));
			trend.append($("<span></span>").text(text));
			const content = $(this.body).find(".widget-content").addClass("lead-card");
			content.find(".lead-trend").remove();
			content.append(trend);
		}
	};
}

function with_leads(Chart) {
	return class extends Chart {
		refresh() {
			const bar = "[data-point-index]";
			this.widget
				.off(".lead_numbers")
				.on("click.lead_numbers", bar, ({ currentTarget }) => {
					const leads = this.leads_of(currentTarget);
					if (leads) lead_pipeline.open_list(leads);
				})
				.on("mouseover.lead_numbers", bar, ({ currentTarget }) =>
					$(currentTarget).css("cursor", this.leads_of(currentTarget) ? "pointer" : ""),
				);
			return super.refresh();
		}

		leads_of(bar) {
			return this.data?.leads?.[bar.dataset.pointIndex];
		}
	};
}

function for_the_user(Onboarding) {
	return class extends Onboarding {
		constructor(options) {
			super({ ...options, steps: options.steps?.filter(may_take).map(translated) });
		}
	};
}

// A page of records that the user may not read is no step of theirs.
function may_take({ action, path = "" }) {
	const doctype = path?.match(/^List\/([^/]+)\//)?.[1];
	return action !== "Go to Page" || !doctype || frappe.model.can_read(doctype);
}

function translated(step) {
	const hint = HINTS[step.name];
	return {
		...step,
		description: step.description && __(step.description),
		...(hint && { callback_title: __(step.title), callback_message: hint() }),
	};
}

const { widget_factory } = frappe.widget || {};
if (widget_factory) {
	widget_factory.number_card = with_trend(widget_factory.number_card);
	widget_factory.chart = with_leads(widget_factory.chart);
	widget_factory.onboarding = for_the_user(widget_factory.onboarding);
}
