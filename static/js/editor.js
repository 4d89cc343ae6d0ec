// The editor's page: forms with something typed in them say so, keep the page from being left by accident and are not replaced by an
// answer about another part; what is typed while an answer is on its way stays; after a save, forms made from the same revision are told the
// draft's new one.
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

  // A form that is drawn anew and goes on: what was typed while the answer was on its way is carried over, not when a part was removed, for
  // then other parts have its name; so is what waits for a button of its own. Drawn by a button of the builder, it is not stored: it stays
  // marked. Saved as one goes, it is marked where something was carried over, and saved again soon.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, formData } = event.detail.requestConfig;
    const form = elt.closest("form[data-watched]");
    const kept = formData.has("keep");
    if (!form || !(kept || /^(refresh|condition|group|remove:c)/.test(formData.get("do")))) return;
    const carries = !/^remove/.test(formData.get("do"));
    const late = [...form.querySelectorAll(FIELDS)].filter((field) => carries && isLate(field, formData)).map(asItIs);
    const waiting = [...form.querySelectorAll("[data-explicit] input")].filter((field) => field.value).map(asItIs);
    document.addEventListener("htmx:afterSwap", () => redrawn(document.getElementById(form.id), late, waiting, kept), { once: true });
  });

  const FIELDS = ".form-control, .form-select, input[type=checkbox]";

  function isLate(field, formData) {
    if (field.type === "checkbox") return field.checked !== formData.getAll(field.name).includes(field.value);
    return field.value !== (formData.get(field.name) ?? "");
  }

  function asItIs({ type, name, value, checked }) {
    return { type, name, value, checked };
  }

  function redrawn(form, late, waiting, kept) {
    if (!form) return;
    for (const was of [...late, ...waiting]) putBackInto(form, was);
    if (!kept || late.length || waiting.length) form.dataset.changed = "";
    if (kept && late.length) form.dispatchEvent(new Event("typed-late", { bubbles: true }));
  }

  function putBackInto(form, { type, name, value, checked }) {
    const same = (field) => field.name === name && (type !== "checkbox" || field.value === value);
    const field = [...form.elements].find(same);
    if (!field) return;
    if (type === "checkbox") field.checked = checked;
    else field.value = value;
  }

  // What is unfolded stays so, and a dialog that is open, whatever is drawn anew; then the cursor can stay where it is. After what was typed
  // is back, which moves it.
  document.addEventListener("htmx:beforeSwap", () => {
    const unfolded = [...document.querySelectorAll("main details[id][open]")].map(({ id }) => id);
    const dialog = document.querySelector("#draft dialog[open]")?.id;
    const { id, selectionStart, selectionEnd } = document.activeElement;
    document.addEventListener("htmx:afterSwap", () => {
      for (const one of unfolded) document.getElementById(one)?.setAttribute("open", "");
      const drawn = dialog && document.getElementById(dialog);
      if (drawn && !drawn.open) drawn.showModal();
      const field = id && document.getElementById(id);
      if (!field || ![document.body, field].includes(document.activeElement)) return; // htmx gives the focus back, and loses a selection from 0 on
      field.focus();
      if (selectionStart != null) field.setSelectionRange(selectionStart, selectionEnd);
    }, { once: true });
  });

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

  document.addEventListener("revision", ({ detail: { was, value } }) => {
    for (const input of document.querySelectorAll('input[name="revision"]')) if (Number(input.value) === was) input.value = value;
  });
})();
