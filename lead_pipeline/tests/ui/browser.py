"""The browser, and when a page of the desk has nothing under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from lead_pipeline.tests import site

# A page of the desk may need several answers of a busy machine.
expect.set_options(timeout=15_000)

# Background services of the browser only look for hosts that a test must not need.
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextmanager
def browser() -> Iterator[Browser]:
	"""A running Chromium, the one that the system has."""
	with sync_playwright() as playwright:
		running = playwright.chromium.launch(executable_path=site.CHROMIUM, args=QUIET)
		yield running
		running.close()


# Runs before the scripts of a page. What the desk will do within half a second counts as something under way: it
# saves, searches and filters a moment after the key or the click. What it says in the corner stays until it says
# something else, however long a busy machine takes to look.
BEFORE_PAGE = """(() => {
	const pending = (window.timers_pending = new Set());
	const { setTimeout, clearTimeout } = window;
	window.setTimeout = (run, delay = 0, ...values) => {
		const timer = setTimeout(() => {
			pending.delete(timer);
			typeof run === "function" ? run(...values) : window.eval(run);
		}, delay);
		if (delay <= 500) pending.add(timer);
		return timer;
	};
	window.clearTimeout = (timer) => {
		pending.delete(timer);
		clearTimeout(timer);
	};
	let show_alert;
	window.frappe = window.frappe || {};
	Object.defineProperty(window.frappe, "show_alert", {
		configurable: true,
		get: () => show_alert,
		set: (show) => {
			show_alert = (message, _seconds, actions) => {
				$("#alert-container .desk-alert").remove();
				return show(message, 3600, actions);
			};
		},
	});
})()"""

# How long the desk has to have nothing under way before it counts as idle. A dialog that is still coming or going does
# not listen to its buttons.
IDLE_MILLISECONDS = 80
IS_IDLE = f"""() => {{
	const moving = () => $(".modal").get().some((modal) => $(modal).data("bs.modal")?._isTransitioning);
	const waits = () => frappe.dom.freeze_count > 0 || $.active > 0 || timers_pending.size > 0;
	const busy = !window.frappe?.dom || waits() || moving();
	if (busy || !window.idle_since) window.idle_since = busy ? null : performance.now();
	return window.idle_since && performance.now() - window.idle_since > {IDLE_MILLISECONDS};
}}"""
