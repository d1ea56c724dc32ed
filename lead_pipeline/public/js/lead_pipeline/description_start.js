// The description of a lead is one line that opens: the start of its text, so that the timeline stands in the first screen.

import { make, text_of } from "./dom";

const LONGEST = 200;

lead_pipeline.show_description_start = (frm) => {
	const { section } = frm.get_field("description");
	if (!section?.head) return;
	if (!frm.description_start) {
		frm.description_start = make("button", { type: "button", class: "btn lead-description-start" });
		section.head.append(frm.description_start);
		// The framework closes it with each refresh; who has opened it reads on.
		section.head.on("click", () => (frm.description_open = !section.is_collapsed()));
	}
	section.collapse(!frm.description_open);
	const start = text_of(frm.doc.description || "")
		.replace(/\s+/g, " ")
		.trim();
	frm.description_start.textContent = start.slice(0, LONGEST) || __("Nothing is written yet.");
	frm.description_start.title = __("Show or hide the description");
};
