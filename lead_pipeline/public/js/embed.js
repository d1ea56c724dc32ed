// For pages of other sites: puts the form into every <div data-lead-form="address of the form's page for embedding">.
// The page's own address and referrer go with it, so that the lead says which advertisement the visitor came from.

(function () {
	const CAMPAIGN = ["utm_source", "utm_medium", "utm_campaign"];

	function embed(place) {
		const address = new URL(place.dataset.leadForm, window.location.href);
		const here = new URLSearchParams(window.location.search);
		for (const name of CAMPAIGN) if (here.get(name)) address.searchParams.set(name, here.get(name));
		address.searchParams.set("page", window.location.href);
		address.searchParams.set("referrer", document.referrer);
		const frame = document.createElement("iframe");
		frame.src = address.href;
		frame.title = place.dataset.title || place.textContent.trim() || "Form";
		frame.style.cssText = "display:block;width:100%;border:0;height:40rem";
		place.replaceChildren(frame);
		window.addEventListener("message", (event) => {
			const height = event.data && event.data.lead_form && Number(event.data.height);
			if (event.source === frame.contentWindow && event.origin === address.origin && height) {
				frame.style.height = `${Math.ceil(height) + 8}px`;
			}
		});
	}

	for (const place of document.querySelectorAll("[data-lead-form]")) {
		if (!place.querySelector("iframe")) embed(place);
	}
})();
