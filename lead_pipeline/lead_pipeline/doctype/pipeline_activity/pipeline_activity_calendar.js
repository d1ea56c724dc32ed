frappe.views.calendar["Pipeline Activity"] = {
	field_map: {
		start: "start",
		end: "end",
		id: "name",
		title: "title",
		allDay: "all_day",
		status: "status",
		color: "color",
	},
	filters: [
		{ fieldtype: "Link", fieldname: "assigned_to", options: "User", label: __("Assigned To") },
		{
			fieldtype: "Select",
			fieldname: "status",
			options: ["", "Open", "Done", "Cancelled"].join("\n"),
			label: __("Status"),
		},
	],
	get_events_method: "lead_pipeline.activities.calendar.events",
	update_event_method: "lead_pipeline.activities.calendar.move",
};
