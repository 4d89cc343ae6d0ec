// The editor's page: forms with something typed in them say so, keep the page from being left by accident and are not replaced by an
// answer about another part; after a save, forms that are still open are told the draft's new revision.
(() => {
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-watched]");
    if (form) form.dataset.changed = "";
  });

  // A form that htmx sends is replaced when it is stored, and stays marked when it is not.
  document.addEventListener("submit", (event) => {
    if (!event.target.hasAttribute("hx-post")) delete event.target.dataset.changed;
  });

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-changed]")) event.preventDefault();
  });

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.querySelector("form[data-changed]")) event.detail.shouldSwap = false;
  });

  // A rule's form that is drawn anew, with another part or comparison, is not stored by that: it stays marked. What was typed while the
  // answer was on its way is carried over; not when a part was removed, for then other parts have its name.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, formData } = event.detail.requestConfig;
    const form = elt.closest("form.editor");
    if (!form || !/^(refresh|condition|group|remove)/.test(formData.get("do"))) return;
    const carries = !formData.get("do").startsWith("remove");
    const late = [...form.querySelectorAll(".form-control, .form-select")].filter((input) => carries && input.value !== (formData.get(input.name) ?? ""));
    document.addEventListener("htmx:afterSettle", () => redrawn(document.getElementById(form.id), late), { once: true });
  });

  function redrawn(form, late) {
    if (!form) return;
    form.dataset.changed = "";
    for (const { name, value } of late) {
      const input = form.elements.namedItem(name);
      if (input) input.value = value;
    }
  }

  // A stored rule draws all rules anew. Other rules that are being written are taken out before and put back after, as they are.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { shouldSwap, target, requestConfig } = event.detail;
    if (!shouldSwap || target.id !== "rules") return;
    const written = [...target.querySelectorAll("form[data-changed]")].filter((form) => !form.contains(requestConfig.elt));
    const places = written.map((form) => form.closest(".rule-slot, [id^=new-in-]"));
    for (const place of places) place.remove();
    document.addEventListener("htmx:afterSwap", () => places.forEach(putBack), { once: true });
  });

  function putBack(place) {
    const drawn = document.getElementById(place.id);
    if (drawn) drawn.replaceWith(place);
    else document.getElementById("rules").append(place);
  }

  document.addEventListener("revision", (event) => {
    for (const input of document.querySelectorAll('input[name="revision"]')) input.value = event.detail.value;
  });
})();
