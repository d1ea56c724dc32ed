"""Code that the rules of `rules.yml` find (`ruleid:` above the line), and code that they leave alone (`ok:`)."""
# ruff: noqa


@frappe.whitelist(methods=["POST"])
def shown(order: str, lead: str = "", limit: int | str = 20):
	# ruleid: request-into-sql
	frappe.db.sql("select name from `tabPipeline Lead` order by " + order)
	# ruleid: request-into-sql
	frappe.db.sql(f"select name from `tabPipeline Lead` where name = '{lead}'")
	# ruleid: request-into-sql
	frappe.db.sql(f"select name from `tabPipeline Lead` limit {limit}")
	# ruleid: request-into-sql
	query = frappe.qb.from_("Pipeline Lead").where(LiteralValue(frappe.form_dict.get("conditions")))
	# ok: request-into-sql
	frappe.db.sql("select name from `tabPipeline Lead` where name = %s", (lead,))
	# ok: request-into-sql
	frappe.db.sql(f"select name from `tabPipeline Lead` limit {int(limit)}")
	# ok: request-into-sql
	frappe.db.sql(f"select name from `tabPipeline Lead` where name = {frappe.db.escape(lead)}")


@frappe.whitelist(methods=["POST"])
def made(values: dict | str, lead: str, title: str = ""):
	# ruleid: request-into-document
	frappe.get_doc(frappe.parse_json(values)).insert()
	asked = json.loads(frappe.form_dict.doc)
	# ruleid: request-into-document
	frappe.get_doc(asked)
	known = frappe.get_doc("Pipeline Lead", lead)
	# ruleid: request-into-document
	known.update(frappe.parse_json(values))
	# ok: request-into-document
	known.update({"title": title})
	# ok: request-into-document
	frappe.get_doc({"doctype": "Note", "title": title}).insert()


@frappe.whitelist()
def content(file: str):
	# ruleid: request-into-path
	open(file).read()
	# ruleid: request-into-path
	Path(frappe.get_site_path("public")) / file
	# ruleid: request-into-path
	open("/".join(["private", file]))
	# ok: request-into-path
	frappe.get_doc("File", file).get_content()


@frappe.whitelist(methods=["POST"])
def started(method: str, text: str):
	# ruleid: request-into-code
	frappe.get_attr(method)()
	# ruleid: request-into-code
	frappe.enqueue(method)
	# ruleid: request-into-code
	frappe.render_template(text, {})
	# ok: request-into-code
	frappe.enqueue("lead_pipeline.status.repair.repair", text=text)


@frappe.whitelist(methods=["POST"])
def fetched(address: str):
	# ruleid: request-into-address
	requests.get(address, timeout=10)
	# ruleid: request-into-address
	requests.post(f"https://{address}/leads", timeout=10)
	# ok: request-into-address
	requests.post("https://www.example.com/leads", json={"address": address}, timeout=10)


@frappe.whitelist(methods=["POST"])
def saved(lead: str, force: bool, user: str):
	known = frappe.get_doc("Pipeline Lead", lead)
	# ruleid: request-into-permission
	known.save(ignore_permissions=force)
	# ruleid: request-into-permission
	known.flags.ignore_permissions = frappe.form_dict.force
	# ruleid: request-into-permission
	frappe.set_user(user)
	# ok: request-into-permission
	known.save()


def told(number):
	# ruleid: text-put-together
	text = f"{number} leads were changed."
	frappe.msgprint(_(text))
	# ruleid: text-put-together
	filled = "{0} leads were changed.".format(number)
	frappe.msgprint(_(filled))
	whole = "{0} leads were changed."
	# ok: text-put-together
	frappe.msgprint(_(whole).format(number))


class Lead(Document):
	def on_update(self):
		# ruleid: commit-in-document-event
		frappe.db.commit()

	def before_save(self):
		# ruleid: commit-in-document-event
		frappe.db.rollback()

	def run(self):
		# ok: commit-in-document-event
		frappe.db.commit()


def follow(document, method=None):
	# ruleid: commit-in-document-event
	frappe.db.commit()


def repair_all():
	# ok: commit-in-document-event
	frappe.db.commit()


def patched(database, run):
	# ruleid: patched-database
	frappe.db.sql = run
	# ruleid: patched-database
	frappe.local.db = database
	# ruleid: patched-database
	setattr(frappe.db, "commit", run)
	# ok: patched-database
	frappe.db.after_commit.add(run)


def asked_by():
	# ruleid: stack-frames
	caller = inspect.currentframe()
	# ruleid: stack-frames
	first = caller.f_back
	# ruleid: stack-frames
	names = inspect.stack()
	# ok: stack-frames
	return inspect.signature(asked_by)


@functools.cache
def statuses():
	# ruleid: remembered-for-all-sites
	return frappe.get_all("Pipeline Lead Status", pluck="name", order_by="name")


@lru_cache(maxsize=8)
def currency():
	# ruleid: remembered-for-all-sites
	return frappe.db.get_default("currency")


@functools.cache
def key_of(name):
	# ok: remembered-for-all-sites
	return name.casefold()


def read_once():
	@functools.cache
	def status_of(lead):
		# ok: remembered-for-all-sites
		return frappe.db.get_value("Pipeline Lead", lead, "status")

	return status_of


def today():
	# ruleid: clock-of-the-machine
	datetime.now()
	# ruleid: clock-of-the-machine
	datetime.date.today()
	# ok: clock-of-the-machine
	datetime.now(timezone.utc)
	# ok: clock-of-the-machine
	return now_datetime()


def listed(filters):
	# ruleid: query-as-text
	text = frappe.get_all("Pipeline Lead", filters=filters, order_by="name", run=False)
	return f"name in ({text})"


def listed_with_values(filters):
	# ok: query-as-text
	query = frappe.get_list("Pipeline Lead", filters=filters, order_by="name", run=False)
	return f"name in ({with_values(query)})"
