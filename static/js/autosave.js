// Saving as one goes: what is changed in a form of the draft is stored a moment later, without a button. What must not overtake it (leaving the
// page, undoing, publishing, closing or moving the rule) waits for it. The answer's own form is put back as it was by editor.js.
(() => {
  const DELAY = 400; // ms, so that a press of Tab through two fields is one edit
  const pending = new Map(); // id of a form → its timer
  let running = 0; // requests of the page's forms on their way
  let next = null; // what waits for all of it

  document.addEventListener("change", ({ target }) => {
    const form = target.closest("form[data-autosaves]");
    if (form && !target.closest("[data-explicit]")) soon(form);
  });
  document.addEventListener("typed-late", ({ target }) => soon(target));

  function soon({ id }) {
    clearTimeout(pending.get(id));
    pending.set(id, setTimeout(save, DELAY, id));
  }

  function save(id) {
    forget(id);
    const form = document.getElementById(id);
    if (form) htmx.trigger(form, "autosave");
  }

  function forget(id) {
    clearTimeout(pending.get(id));
    pending.delete(id);
  }

  function saveAll() {
    for (const id of [...pending.keys()]) save(id);
  }

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const form = detail.elt.closest("form[data-autosaves]");
    if (!form || detail.verb !== "post") return;
    const saves = detail.triggeringEvent?.type === "autosave";
    // htmx adds the button that was pressed last, such as the one that waits for this.
    if (saves) detail.formData.set("do", form.dataset.autosaves || "save");
    if (saves || /^remove:c/.test(detail.formData.get("do"))) detail.formData.set("keep", "");
  });

  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    if (detail.requestConfig.verb !== "post" || !detail.elt.closest("form[data-watched]")) return;
    running += 1;
    detail.xhr.addEventListener("loadend", () => setTimeout(answered, htmx.config.defaultSettleDelay + 10, detail.xhr.status));
  });

  function answered(status) {
    running -= 1;
    if (status !== 200) next = null; // it was not stored: stay where it says so
    if (isIdle() && next) {
      const deed = next;
      next = null;
      deed();
    }
  }

  function isIdle() {
    return running === 0 && pending.size === 0;
  }

  // Does the deed at once where nothing has to be saved before; else prevents the event's own and does it then.
  function after(event, deed) {
    if (isIdle()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    next = deed;
    saveAll();
  }

  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (form.matches("[data-after-saving], [action$='/publish/'], [action$='/discard/'], [action$='/restore/']")) {
      after(event, () => sendAgain(form, submitter));
    } else if (form.matches("[data-autosaves]") && (submitter?.value ?? "save") === "save") {
      forget(form.id); // it sends all that the form says
    } else if (form.matches("[data-watched]")) {
      saveAll(); // the press takes its turn behind it
    }
  }, true);

  // The form as it was drawn since, with the draft's new revision; what was typed in it is taken over.
  function sendAgain(form, submitter) {
    const now = form.isConnected ? form : document.querySelector(`form[action="${form.getAttribute("action")}"]`);
    if (!now) return;
    for (const { name, value } of form.querySelectorAll("textarea")) now.elements.namedItem(name).value = value;
    for (const { name, checked } of form.querySelectorAll("input[type=checkbox]")) now.elements.namedItem(name).checked = checked;
    const same = (button) => button.type === "submit" && button.id === submitter.id && button.value === submitter.value;
    now.requestSubmit(submitter && [...now.elements].find(same));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.dataset.opens || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    const closes = link.closest(".rule-slot, #grading")?.querySelector("form[data-changed]");
    if (link.hasAttribute("hx-get") && !closes) return;
    after(event, () => (document.querySelector(`main a[href="${CSS.escape(link.getAttribute("href"))}"]`) ?? link).click());
  }, true);

  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    const button = document.getElementById(key === "y" || event.shiftKey ? "redo" : "undo");
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });

  document.addEventListener("click", ({ target }) => {
    const unfolds = target.closest("[data-unfolds]");
    if (!unfolds) return;
    const details = document.getElementById(unfolds.dataset.unfolds);
    details.open = true;
    details.querySelector("input").focus();
  });
})();
