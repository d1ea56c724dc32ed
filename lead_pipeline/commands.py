"""Commands `bench --site SITE lead-pipeline …` to repair, recompute and explain.

Exit codes: 0, everything asked about agrees or was repaired; 1, something does not, or cannot be done; 2, wrong
usage.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import frappe
from frappe.commands import get_site, pass_context

from lead_pipeline.constants import APP, LEAD

EXIT_CODES = (
	"Exit codes: 0, all is well; 1, a lead disagrees, or something could not be done; 2, wrong usage."
)


@click.group("lead-pipeline", epilog=EXIT_CODES)
def lead_pipeline():
	"""Statuses of leads: repair, recompute, explain."""


@lead_pipeline.command("reconcile", short_help="Find and repair the leads that disagree.", epilog=EXIT_CODES)
@click.option("--dry-run", is_flag=True, help="Only list the leads that disagree; change nothing.")
@pass_context
def reconcile(context, dry_run: bool = False):
	"""Find the leads whose status disagrees with their documents, and repair them.

	What the hourly job does.
	"""
	with site(context):
		failed = list_disagreements() if dry_run else repair_all()
	sys.exit(1 if failed else 0)


@lead_pipeline.command("recompute", short_help="Compute the status of some leads anew.", epilog=EXIT_CODES)
@click.argument("leads", nargs=-1, required=True, metavar="LEAD...")
@pass_context
def recompute(context, leads: tuple[str, ...]):
	"""Compute the status of the named leads anew."""
	with site(context):
		failed = [lead for lead in present_names(leads) if not recompute_one(lead)]
	sys.exit(1 if failed else 0)


@lead_pipeline.command("explain", short_help="Say why a lead has its status.", epilog=EXIT_CODES)
@click.argument("lead")
@pass_context
def explain(context, lead: str):
	"""Explain the status of a lead.

	Prints its documents, the rules, the decision, and what is held back.
	"""
	with site(context):
		(name,) = present_names([lead])
		agrees = print_account(name)
	sys.exit(0 if agrees else 1)


@lead_pipeline.command(
	"migrate-leads", short_help="Make leads of those of ERPNext or Frappe CRM.", epilog=EXIT_CODES
)
@click.argument("source", type=click.Choice(["Lead", "CRM Lead"]), required=False)
@click.option("--migration", help="A Pipeline Migration of the desk, with its table of statuses.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each lead.")
@pass_context
def migrate_leads(context, source: str | None = None, migration: str | None = None, dry_run: bool = False):
	"""Create Pipeline Leads from the leads of ERPNext or Frappe CRM.

	ERPNext's are Lead, those of Frappe CRM "CRM Lead"; each is migrated only once. Without --migration the statuses
	are mapped as the desk proposes it.
	"""
	if bool(source) == bool(migration):
		raise click.UsageError("Name either a SOURCE or a --migration.")
	with site(context):
		failed = run_migration(source, migration, dry_run)
	sys.exit(1 if failed else 0)


@contextmanager
def site(context) -> Iterator[None]:
	"""Connect to the site that the command line names.

	Stops with an error that says what to do when there is no such site, or the app is not installed on it.
	"""
	name = get_site(context)
	try:
		frappe.init(site=name)
		frappe.connect()
	except frappe.IncorrectSitePath:
		stop(f"There is no site {name} on this bench. `ls sites` shows those that there are.")
	try:
		if APP not in frappe.get_installed_apps():
			stop(f"Lead Pipeline is not installed on {name}. Run: bench --site {name} install-app {APP}")
		yield
	finally:
		frappe.destroy()


def present_names(leads: list[str] | tuple[str, ...]) -> list[str]:
	"""Return the current names of the leads.

	Stops before anything is done when one of the leads does not exist.
	"""
	from lead_pipeline.duplicates import redirects

	names, missing = [], []
	for lead in leads:
		name = lead if frappe.db.exists(LEAD, lead) else redirects.survivor_of(lead)
		if name and name != lead:
			click.echo(f"{lead} was merged into {name}.")
		(names if name else missing).append(name or lead)
	if missing:
		stop(
			f"There is no lead {', '.join(missing)} on {frappe.local.site}. "
			"The name is what stands in the address of the lead's form, for example LEAD-2026-00042."
		)
	return list(dict.fromkeys(names))


def stop(message: str) -> None:
	click.secho(message, fg="red", err=True)
	sys.exit(1)


def list_disagreements() -> bool:
	"""Print the leads that disagree; say whether there are any."""
	from lead_pipeline.status import reconcile

	found, failed = 0, []
	for disagreement in with_bar(reconcile.disagreements, failed):
		found += 1
		click.echo(disagreement_line(disagreement))
	# The Error Log of those that could not be examined.
	frappe.db.commit()
	say(found, _leads(found, "disagrees", "disagree") + " with the documents. Nothing was changed.")
	tell_failed(failed, "could not be examined")
	return bool(found or failed)


def repair_all() -> bool:
	"""Repair and print what was done; say whether something is left."""
	from lead_pipeline.status import reconcile

	with bar(reconcile.count_leads_to_examine()) as shown:
		outcome = reconcile.repair_each(progress=shown.update)
	say(
		outcome.found - outcome.repaired,
		f"{_leads(outcome.examined)} examined, {outcome.found} disagreed, {outcome.repaired} repaired.",
	)
	tell_failed(outcome.failed, "could not be repaired")
	return bool(outcome.failed)


def run_migration(source: str | None, migration: str | None, dry_run: bool) -> bool:
	"""Rehearse or run a migration and print the result.

	Returns whether something could not be migrated.
	"""
	from lead_pipeline.capture.importing import jobs, row_messages, row_store
	from lead_pipeline.capture.migration import sources

	if source and source not in sources.available():
		stop(f"There is no DocType {source} on {frappe.local.site}.")
	if migration and not frappe.db.exists("Pipeline Migration", migration):
		stop(f"There is no Pipeline Migration {migration} on {frappe.local.site}.")
	# Whoever has the command line of the bench has every right.
	frappe.set_user("Administrator")
	doc = (
		frappe.get_doc("Pipeline Migration", migration)
		if migration
		else frappe.get_doc(
			{
				"doctype": "Pipeline Migration",
				"source": source,
				"statuses": sources.proposed(sources.SOURCES[source]),
			}
		).insert()
	)
	work = jobs.REHEARSAL if dry_run else jobs.IMPORT
	with bar(frappe.db.count(doc.source)) as shown:
		jobs.worker(doc, work)(doc, lambda done, total: shown.update(max(0, done - shown.pos)))
	jobs.set_progress(doc, status=jobs.AFTER[work])
	# A command commits itself.
	frappe.db.commit()
	counts = row_store.count_by(doc, "verdict" if dry_run else "outcome")
	labels = row_messages.verdicts() | row_messages.outcomes()
	wrong = "Bad" if dry_run else "Rejected"
	for row in row_store.rows_of_run(
		doc, ["title", "message"], **{"verdict" if dry_run else "outcome": wrong}
	):
		click.secho(f"{row.title}: {row.message}", fg="red", err=True)
	say(
		counts.get(wrong, 0),
		f"{doc.name}: " + ", ".join(f"{labels[kind]} {n}" for kind, n in counts.items() if kind),
	)
	return bool(counts.get(wrong))


def with_bar(disagreements, failed: list[str]) -> list:
	"""Return all disagreements, found under a progress bar."""
	from lead_pipeline.status import reconcile

	with bar(reconcile.count_leads_to_examine()) as shown:
		return list(disagreements(failed=failed, progress=shown.update))


def bar(total: int):
	return click.progressbar(length=total, label="Examining leads", file=sys.stderr)


def recompute_one(lead: str) -> bool:
	"""Recompute and print what came of it; say whether the lead agrees now."""
	from lead_pipeline.status import messages, recompute

	before = frappe.db.get_value(LEAD, lead, "status")
	try:
		decision = recompute.repair_lead(lead)
		# A command of the bench is nobody's request: what it has done it commits itself, lead by lead.
		frappe.db.commit()
	except Exception as error:
		# Any kind of failure: the rules, Notifications and scripts of a site run while a lead is saved.
		frappe.db.rollback()
		click.secho(
			f"{lead}: stays at {before}, because it cannot be saved: {error_text(error)}", fg="red", err=True
		)
		return False
	after = decision.status
	moved = f"{before} → {after}" if before != after else f"stays at {after}"
	click.echo(" ".join([f"{lead}: {moved}.", *messages.decision_sentences(decision, after)]))
	return True


def print_account(lead: str) -> bool:
	"""Print all that decides about a lead; say whether it agrees with its documents."""
	from lead_pipeline.status.explain import account

	told = account(lead)
	doc, decision = told["lead"], told["decision"]
	rows = [
		("Lead", f"{doc.name}  {doc.lead_name}"),
		("Status", f"{doc.status} ({doc.status_category})"),
		("Justified", decision.wanted + (f", held back by {decision.held_by}" if decision.held_by else "")),
		("Type", doc.lead_type or "none"),
		("A person chose", doc.manual_status or "nothing yet"),
	]
	if failure := told["failure"]:
		when = f"{failure.failed_on:%Y-%m-%d %H:%M}"
		rows.append(("Last attempt", f"failed on {when}, attempts so far: {failure.attempts}"))
	for label, value in rows:
		click.echo(f"{label + ':':<16}{value}")
	if failure:
		click.secho(f"{'':<16}{error_text(failure.error)}", fg="red")
	click.echo("\nRules, the strongest first:")
	for rule, facts in told["rules"]:
		print_rule(rule, facts, doc, decision, broken=rule.name in told["broken"])
	click.echo("\nIn words:")
	for sentence in told["sentences"]:
		click.echo(f"  {sentence}")
	return decision.status == doc.status


def print_rule(rule, facts, doc, decision, broken: bool) -> None:
	"""Print a line for the rule and one for each document that it has found.

	A > marks the document that counts.
	"""
	concerned = "" if rule.concerns(doc.lead_type) else f" (leads of type {rule.lead_type} only)"
	click.echo(f"  {rule.position:>4}  {rule.title}: {rule.status}{concerned}")
	for fact in facts:
		mark = ">" if fact == decision.fact else " "
		passed = ", not allowed for this lead" if fact in decision.skipped else ""
		click.echo(f"      {mark} {fact.document_type} {fact.document_name}{passed}")
	if broken:
		click.secho("        cannot be evaluated and is skipped: the Error Log says why", fg="red")
	elif not facts and not concerned:
		click.echo("        no document matches")


def disagreement_line(disagreement) -> str:
	from lead_pipeline.status import messages

	return (
		f"{disagreement.lead}: {disagreement.status} → {disagreement.wanted}. "
		f"{messages.decision_reason_text(disagreement.decision)}"
	)


def error_text(error: Exception | str) -> str:
	return frappe.utils.strip_html(str(error)) or type(error).__name__


def say(problems: int, message: str) -> None:
	click.secho(message, fg="yellow" if problems else "green")


def tell_failed(failed: list[str], what: str) -> None:
	if failed:
		click.secho(
			f"{_leads(len(failed))} {what}: {', '.join(failed[:20])}{' …' if len(failed) > 20 else ''}. "
			"The Error Log says why.",
			fg="red",
			err=True,
		)


def _leads(number: int, one: str = "", many: str = "") -> str:
	verb = one if number == 1 else many
	return f"{number} lead{'' if number == 1 else 's'}{' ' + verb if verb else ''}"


commands = [lead_pipeline]
