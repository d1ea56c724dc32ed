app_name = "lead_pipeline"
app_title = "Lead Pipeline"
app_publisher = "The Lead Pipeline maintainers"
app_description = "A lead pipeline whose statuses follow the sales documents by themselves"
app_email = "maintainers@users.noreply.h-seed-4b572869.example"
app_license = "MIT"

export_python_type_annotations = True
require_type_annotated_api_methods = True

# Install, migrate, uninstall

after_install = "lead_pipeline.install.after_install"
after_migrate = "lead_pipeline.install.after_migrate"
after_app_install = "lead_pipeline.install.after_app_install"
after_app_uninstall = "lead_pipeline.install.after_app_uninstall"
before_uninstall = "lead_pipeline.install.before_uninstall"
after_uninstall = "lead_pipeline.install.after_uninstall"

# Documents that move a lead. Named DocTypes only: a save that has nothing to do with leads pays nothing.

_sales_document = {
	"before_insert": "lead_pipeline.documents.events.before_insert",
	"on_change": "lead_pipeline.documents.events.on_change",
	"after_delete": "lead_pipeline.documents.events.after_delete",
}

doc_events = {
	"Opportunity": _sales_document,
	"Quotation": _sales_document,
	"Sales Order": _sales_document,
	"Sales Invoice": _sales_document,
	"Customer": _sales_document,
	"Pipeline Lead": {"before_validate": "lead_pipeline.status.recompute.choose"},
}

scheduler_events = {"hourly_long": ["lead_pipeline.status.reconcile.reconcile"]}

# The log tells of documents, it does not hold them.
ignore_links_on_delete = ["Pipeline Status Log"]

# Desk

app_include_js = "lead_pipeline.bundle.js"
extend_bootinfo = "lead_pipeline.boot.extend"
