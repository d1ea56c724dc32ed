"""The constants of the demo data: a supplier of pumps, its team and its prospects.

The supplier sells pumps and filters. Data only. All people are invented. Users are named after their job;
addresses of mail and web end in domains that are reserved for examples, phone numbers are those reserved for
fiction (555-0100 to 555-0199).
"""


def words(text: str) -> list[str]:
	return text.split()


SEED = 20
PASSWORD = "pipeline-demo-desk"

# What every member of the team needs beside the role for leads: the composer of mails reads the mail accounts.
MAILS_TOO = "Inbox User"
# First name, last name, roles. The e-mail address is made of the name.
MANAGER = "sales.manager@example.com"
INSIDE = "inside.sales@example.com"
KEY_ACCOUNTS = "key.accounts@example.com"
FIELD = ("sales.north@example.com", "sales.south@example.com", "sales.west@example.com")
USERS = (
	(MANAGER, "Sales", "Manager", ("Sales Manager", "Sales User", MAILS_TOO)),
	(FIELD[0], "Sales", "North", ("Sales User", MAILS_TOO)),
	(FIELD[1], "Sales", "South", ("Sales User", MAILS_TOO)),
	(FIELD[2], "Sales", "West", ("Sales User", MAILS_TOO)),
	(KEY_ACCOUNTS, "Key", "Accounts", ("Sales User", MAILS_TOO)),
	(INSIDE, "Inside", "Sales", ("Sales User", MAILS_TOO)),
)
# The framework makes the first user a System Manager when there is none: it shall not be one of the team.
SITE_ADMIN = ("site.admin@example.com", "Site", "Admin", ("System Manager",))

NEW_BUSINESS, REPEAT, RESELLER = "New Business", "Repeat Order", "Reseller"
# An empty tuple allows every status.
LEAD_TYPES = {
	NEW_BUSINESS: (),
	REPEAT: (
		"Lead",
		"Open",
		"Replied",
		"Opportunity",
		"Quotation",
		"Lost Quotation",
		"Converted",
		"Lost",
		"Do Not Contact",
	),
	RESELLER: (
		"Lead",
		"Open",
		"Replied",
		"Interested",
		"Opportunity",
		"Converted",
		"Lost",
		"Disqualified",
		"Do Not Contact",
	),
}

TAGS = {"Service contract": "#16A34A", "Tender": "#8B5CF6", "Site visit": "#06B6D4", "Pilot": "#F59E0B"}
# Tag and weight, those that the app seeds among them.
TAG_WEIGHTS = (
	("Follow-up", 5),
	("Exhibition", 4),
	("Site visit", 4),
	("Service contract", 3),
	("Tender", 2),
	("Pilot", 2),
	("Urgent", 1),
)
PRIORITIES = (("Low", 3), ("Normal", 10), ("High", 4), ("Urgent", 1))

# Channel, weight, the campaigns that bring leads through it.
CHANNELS = (
	("Web Form", 9, ("Autumn Filter Campaign", "Leak Check Landing Page", "")),
	("E-mail", 6, ("Newsletter", "")),
	("Phone Call", 5, ("",)),
	("Trade Event", 6, ("Clean Water Expo", "Plant Engineering Days")),
	("Referral", 5, ("", "Customers Recommend Customers")),
	("Advertisement", 4, ("Spring Pump Offer", "Autumn Filter Campaign")),
	("Directory", 2, ("",)),
	("Shop", 1, ("",)),
	("Import", 2, ("Clean Water Expo",)),
)
# What inside sales receives and hands to the field; all else the owner enters.
RECEIVED_INSIDE = ("Web Form", "E-mail", "Advertisement", "Directory", "Shop", "Import")
# Channel → utm_source, utm_medium.
UTM = {"Web Form": ("website", "form"), "Advertisement": ("search", "cpc"), "E-mail": ("newsletter", "email")}

# Code, name, rate in the site's currency, smallest and largest quantity that somebody orders.
ITEMS = (
	("BW-P100", "Booster Pump 100", 1180, 1, 8),
	("BW-P300", "Booster Pump 300", 3450, 1, 6),
	("BW-P900", "Process Pump 900", 12900, 1, 5),
	("BW-RO20", "Reverse Osmosis Unit 20", 18400, 1, 3),
	("BW-UV05", "UV Disinfection Lamp", 640, 2, 20),
	("BW-FC10", "Filter Cartridge 10 µm, box of 12", 168, 5, 60),
	("BW-SF40", "Sand Filter 40", 5200, 1, 4),
	("BW-FM80", "Flow Meter DN80", 890, 1, 12),
	("BW-DV02", "Dosing Valve", 215, 4, 40),
	("BW-INS", "Installation and Start-up, per day", 950, 1, 6),
	("BW-SVC", "Service Contract, per year", 2400, 1, 3),
)
NEEDS = (
	"<p>Looks for <strong>{item}</strong> for {place}.</p>"
	"<ul><li>Quantity: about {qty}</li><li>Delivery wanted within {weeks} weeks</li>"
	"<li>Decides: {job}</li></ul>",
	"<p>The present supplier cannot deliver <strong>{item}</strong> before {weeks} weeks are over. "
	"They ask whether we can, and for a price for {qty}.</p><p>Needed at {place}.</p>",
	"<p>Wants to replace old equipment in {place}: <strong>{item}</strong>, {qty} pieces.</p>"
	"<p>The {job} asks for a <em>visit on site</em> before we quote.</p>",
	"<p>Heard of us from a neighbour. First need: <strong>{item}</strong> ({qty}). "
	"If that works, {place} follows next year.</p>",
	"<p>Price request for {qty} of <strong>{item}</strong>.</p>"
	"<ol><li>Technical data sheet</li><li>Price with installation</li>"
	"<li>References in the same industry</li></ol>",
)
PLACES = (
	"the new filling line",
	"the boiler house",
	"the second plant",
	"the wash bay",
	"the laboratory wing",
	"the cooling circuit",
	"the pump station",
	"the main building",
	"the greenhouse extension",
)

# Industry, market segment, what its companies are called.
INDUSTRIES = (
	("Food and Beverage", "Manufacturing", ("Foods", "Dairy", "Bottling", "Brewing", "Bakeries")),
	("Municipal Water", "Public", ("Water District", "Utilities", "Waterworks")),
	("Manufacturing", "Manufacturing", ("Metalworks", "Plastics", "Paper Mill", "Textiles", "Coatings")),
	("Agriculture", "Agriculture", ("Farms", "Irrigation", "Greenhouses", "Orchards")),
	("Hospitality", "Services", ("Hotels", "Resorts", "Spa & Pools")),
	("Healthcare", "Services", ("Clinics", "Laboratories", "Pharma Supply")),
	("Construction", "Services", ("Mechanical", "Builders", "Plumbing Supply")),
	("Energy", "Manufacturing", ("Power", "Biogas", "Heat Networks")),
)
COMPANY_WORDS = words(
	"Alderbrook Amberfield Anchorstone Appleglen Ashmere Bayhollow Birchwater Bluefern Brackenridge "
	"Brambleton Briarcrest Cedarfall Cinderhill Clovermead Copperbend Cranemoor Crestvale Dawnridge "
	"Dovecote Driftmoor Eastfen Elmhollow Emberly Fairwick Fernhollow Flintmere Foxglen Galeport "
	"Goldenreed Granitefork Greywillow Harborlane Hazelmoor Heronfield Hollybank Ironbrook Ivycross "
	"Juniperdale Kestrelbay Kelpwater Larchspire Lindenfall Longmarsh Maplestead Meadowgate Millrace "
	"Mistvale Moorgate Nettlebrook Northquay Oakenshaw Orchardhill Otterbend Pebbleford Pinecrest "
	"Quarrydale Ravenmoor Redthorn Ripplestone Rowanfield Saltmarsh Sandpiper Silverfen Slatebridge "
	"Stonewick Summerlea Swiftwater Tallgrass Thistledown Timberline Umberfield Valleyforge Wagtail "
	"Westfen Wheatley Whitecliff Willowbank Windermoor Wrenfield Yarrowdale"
)
FIRST_NAMES = words(
	"Ada Bela Cleo Dario Edda Fenno Gilda Hanno Isolde Jory Kalle Lioba Milo Nella Odo Perla Quirin "
	"Rhea Silas Thea Ulla Vito Wanda Xenia Yorick Zelda Arvo Britta Corin Delia Elio Fria Gero Hedda "
	"Ivo Juna Kito Livia"
)
LAST_NAMES = words(
	"Amberwick Applethorn Ashenfold Barleymow Birdwhistle Bramblecote Candlemere Cloudsley Copperpot "
	"Cotterwind Dandelyon Dewberry Driftwood Elderquill Emberstone Fennimede Fiddlewood Foxtrail "
	"Gladebrook Goosefeather Greenquist Hartsong Hawkmoth Honeybourne Inkpenny Ivorytower Junebug "
	"Kettlewhite Lanternby Larkwhistle Marigould Merriwind Mosswright Nightingrove Oakapple Papercrane "
	"Pennyfeather Pinecone Quillfeather Rainfellow Reedwater Rosewhistle Sandglass Silverpenny "
	"Skylarken Snowberrie Stargazer Summerby Tangleroot Thistlewight Underbough Velvetine Waterlily "
	"Weatherby-Moon Whistledown Wildgoose Willowisp Winterbell Yarrowby Zephyrine"
)
JOBS = (
	"Plant Manager",
	"Head of Purchasing",
	"Maintenance Lead",
	"Operations Manager",
	"Facility Manager",
	"Process Engineer",
	"Managing Director",
	"Quality Manager",
	"Buyer",
)
# City, state, area code of the phone, index in FIELD of who looks after it.
TOWNS = (
	("Elm Harbor", "Minnesota", "218", 0),
	("North Fen", "Wisconsin", "715", 0),
	("Quarry Falls", "Michigan", "906", 0),
	("Birch Landing", "New York", "518", 0),
	("Granite Bend", "Ohio", "740", 0),
	("Cotton Bluff", "Georgia", "478", 1),
	("Palmetto Springs", "Florida", "352", 1),
	("Magnolia Bend", "Texas", "903", 1),
	("River Oaks Landing", "Tennessee", "731", 1),
	("Cypress Hollow", "Louisiana", "337", 1),
	("Redwood Pass", "California", "530", 2),
	("Cascade Ferry", "Oregon", "541", 2),
	("Sagebrush Wells", "Nevada", "775", 2),
	("Juniper Flats", "Arizona", "928", 2),
	("Salt Creek", "Washington", "509", 2),
)
STREETS = (
	"Mill Road",
	"Harbor Street",
	"Station Road",
	"Industrial Way",
	"Canal Street",
	"Foundry Lane",
	"Weir Road",
)

# Reason of the app's list, a note in the words of whoever lost it.
LOST = (
	("Price too high", "About 12 % above the others. No room for a discount on the process pumps."),
	("Price too high", "They compare with imported units and leave out the service."),
	("Chose a competitor", "Went with the supplier of their other plant."),
	("Chose a competitor", "The other offer came with a shorter delivery time."),
	("No budget", "Project moved out of this year's budget. Ask again before the next one is made."),
	("No need any more", "They repaired the old pump themselves."),
	("Not the right time", "Building permit is delayed by at least a year."),
	("Did not answer", "Four calls and three mails without an answer."),
	("Other", "The contact left the company and the successor does not pursue it."),
)
# For the sales documents, which have reasons of their own.
DOCUMENT_LOST = ("Price", "Delivery time", "Competitor", "Project stopped")

COMMENTS = {
	"create": (
		"Called the switchboard, asked for the right contact.",
		"Data sheet sent with the first answer.",
	),
	"open": (
		"First call: friendly, wants to be called again next week.",
		"Reached the assistant, call back on Thursday.",
		"Mail with our brochure and two references sent.",
	),
	"reply": (
		"Answered our questions about flow and pressure, waits for our proposal.",
		"Sent the drawings. Wants to hear from us by the end of the week.",
	),
	"interest": (
		"Good talk. The budget is there, the decision is made by two people.",
		"Visited the site. The pipework has to be changed first, they know it.",
		"Wants a pilot for one line before all of them.",
	),
	"opportunity": (
		"Agreed on the scope. Offer is to be there within ten days.",
		"Competitor has been there last week.",
	),
	"quote": ("Calculation checked, delivery time confirmed by the warehouse.",),
	"send": (
		"Went through the offer by phone, no open questions.",
		"Offer received, they ask for 3 % discount.",
	),
	"requote": ("They want the smaller unit as an alternative.",),
	"quote_cancel": ("Wrong pump size in the offer: cancelled, a corrected one follows.",),
	"expire": (),
	"postpone": ("They put the decision off until the next quarter. The offer stands.",),
	"hold": ("Please leave this one as it is until the frame agreement is signed.",),
	"order": ("Order confirmed by mail, down payment agreed.",),
	"order_cancel": ("Investment stopped by their management. They keep the offer on the table.",),
	"reactivate": ("Called by itself: the project is on again.",),
	"dnc": ("Asked us in writing not to contact them any more.",),
	"disqualify": (
		"Student's thesis, no buyer.",
		"Private pool, far below our smallest order.",
		"Wrong industry.",
	),
}
TODOS = (
	"Call and qualify",
	"Prepare the visit on site",
	"Check the pump size with engineering",
	"Send references",
)

# Days until the next step of leads that the day may move, and of the others.
DUE = (-6, -3, -2, -1, 0, 0, 0, 0, 1, 1, 2, 3, 4, 7)
LATER = (1, 1, 2, 3, 5, 8, 13, 21)
# Type of the next step, what it is about, the time of the day where it has one.
NEXT_STEPS = (
	("Call", "Ask whether the data sheet answers everything", None),
	("Call", "Talk about quantity and delivery", "09:30:00"),
	("Call", "Ask for the decision", None),
	("E-mail", "Send two references of the same industry", None),
	("E-mail", "Send the drawing of the connection", None),
	("Meeting", "Go through the offer together", "14:00:00"),
	("Visit", "Measure the pipework on site", "10:00:00"),
	("Task", "Ask the warehouse for the delivery time", None),
	("Task", "Work out the smaller alternative", None),
)

# For answers. The framework fills the names in.
TEMPLATES = (
	(
		"First Answer",
		"Your enquiry about our pumps and filters",
		"<p>Dear {{ first_name or lead_name }},</p>"
		"<p>thank you for your enquiry. To find the right unit we would like to know:</p>"
		"<ul><li>flow and pressure</li><li>where it is to stand</li><li>when you need it</li></ul>"
		"<p>May we call you about it this week?</p>",
	),
	(
		"After the Quotation",
		"Our quotation for {{ company_name or lead_name }}",
		"<p>Dear {{ first_name or lead_name }},</p>"
		"<p>you have our quotation. Is anything open that we can answer?</p>"
		"<p>We would be glad to go through it with you by phone.</p>",
	),
)
MAILBOX, MAILBOX_ADDRESS = "Sales Desk", "sales.desk@example.com"

# Hours ago, sender, name, subject, text: mails that belong to nobody yet.
MAILS = (
	(
		2,
		"gero.inkpenny@inkpenny-farms.example.com",
		"Gero Inkpenny",
		"Pump for a well",
		"<p>Our well is 40 m deep. Which of your pumps is right for 6 m³ an hour?</p>",
	),
	(
		5,
		"thea.reedwater@example.org",
		"Thea Reedwater",
		"Price list",
		"<p>Could you please send me your price list for filter cartridges?</p>",
	),
	(
		9,
		"office@wagtail-clinics.example.com",
		"Wagtail Clinics",
		"UV lamps",
		"<p>We need 12 replacement lamps until the end of the month.</p>",
	),
	(
		20,
		"ivo.sandglass@galeport-brewing.example.com",
		"Ivo Sandglass",
		"Visit next week?",
		"<p>We are planning a second line. Can somebody come by on Tuesday or Wednesday?</p>",
	),
	(
		26,
		"purchasing@copperbend-power.example.com",
		"Copperbend Power",
		"Request for quotation 4711",
		"<p>Please quote two process pumps, delivery within ten weeks.</p>",
	),
	(
		30,
		"lioba.junebug@example.org",
		"Lioba Junebug",
		"Leaking valve",
		"<p>The dosing valve that we bought from you is leaking. Whom can I call?</p>",
	),
	(
		48,
		"milo.hawkmoth@dawnridge-hotels.example.com",
		"Milo Hawkmoth",
		"Pool filters",
		"<p>We run four pools and are not happy with our supplier.</p>",
	),
	(
		71,
		"jobs@example.org",
		"Odo Pinecone",
		"Application",
		"<p>I would like to apply as a service engineer.</p>",
	),
)
# Hours ago, number, name, what it was about.
CALLS = (
	(1, "+1-218-5550191", "Nella Rosewhistle", "Wants to know whether we deliver flow meters to Canada."),
	(7, "+1-478-5550192", "", "No message."),
	(25, "+1-530-5550193", "Silas Oakapple", "Asks for an appointment about the boiler house."),
	(50, "+1-906-5550194", "Hedda Fennimede", "Has seen us at the Clean Water Expo, wants the brochure."),
)
# Hours ago, what a visitor has entered, the message: nobody has these leads.
ENQUIRIES = (
	(
		3,
		{
			"first_name": "Perla",
			"last_name": "Goosefeather",
			"company_name": "Goosefeather Spa & Pools",
			"email": "perla@goosefeather.example.com",
		},
		"<p>We need a sand filter for a pool of 80 m³.</p>",
	),
	(
		22,
		{
			"first_name": "Arvo",
			"last_name": "Quillfeather",
			"email": "arvo.quillfeather@example.org",
			"phone": "+1-715-5550195",
		},
		"<p>Do you rent pumps, too?</p>",
	),
)
# Who was entered a second time, by a colleague who did not look: first name, last name, spelling of the company.
TWICE = (
	("Jo", "", "{company} Inc."),
	("", "", "{company}"),
	("Kim", "Wintergreen", "{company} (new plant)"),
)
# What looks like spam: no lead before somebody says so.
HELD = (
	{"last_name": "Best Offers", "email": "offers@bulk-mail.example.net"},
	"<p>First page of all search engines, guaranteed: http://a.example.net http://b.example.net http://c.example.net</p>",
)
RULE = "Enquiries by Turns"
RULE_CONDITION = "not lead_owner and web_form"
