frappe.pages["lead-board"].on_page_load = (wrapper) => {
	wrapper.lead_board = frappe
		.require(["lead_board.bundle.js", "lead_board.bundle.css"])
		.then(() => new lead_pipeline.LeadBoard(wrapper));
};
frappe.pages["lead-board"].on_page_show = (wrapper) => wrapper.lead_board.then((board) => board.shown());
