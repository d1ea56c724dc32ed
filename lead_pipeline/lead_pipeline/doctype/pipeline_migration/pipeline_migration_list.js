const COLOURS = {
	Draft: "gray",
	Rehearsing: "blue",
	Rehearsed: "yellow",
	Importing: "blue",
	Stopped: "red",
	Done: "green",
};

frappe.listview_settings["Pipeline Migration"] = {
	get_indicator: ({ status }) => [__(status), COLOURS[status], `status,=,${status}`],
};
