// The editor's forms take turns: each is made from the revision that the one before left, and an answer takes the form that asked off the
// page, with whatever that form asked later. A press while a request is on its way waits, and is made again in the form as it then is.
(() => {
  const redraws = /^(refresh|condition|group|remove)/;
  let sent = null; // {form, deed} of the request on its way
  let waiting = []; // {form, name, value} of the controls pressed meanwhile

  // What only looks at what a form says stores and redraws nothing of it.
  function turning(elt) {
    return elt.hasAttribute("data-looks") ? null : elt.closest("form[data-watched]");
  }

  document.addEventListener("htmx:confirm", (event) => {
    const { elt, triggeringEvent } = event.detail;
    const form = turning(elt);
    if (!form || !sent || event.detail.verb !== "post") return;
    event.preventDefault();
    const { name, value } = triggeringEvent.submitter ?? elt;
    const press = { form, name, value, redraws: elt !== form || redraws.test(value), saves: triggeringEvent.type === "autosave" };
    if (may(press)) waiting.push(press);
  });

  // A form that is being stored closes, and removing a condition gives its name to the next: what was pressed there then means nothing.
  // One that is being saved as one goes stays open; what was typed in it meanwhile is saved again by whoever put it back.
  function may({ form, redraws: again, saves }) {
    if (form !== sent.form) return true;
    if (sent.saves) return !saves;
    return redraws.test(sent.deed) && !(again && sent.deed.startsWith("remove"));
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    const form = turning(elt);
    if (!form || requestConfig.verb !== "post") return;
    sent = { form, deed: requestConfig.formData.get("do") ?? "", saves: requestConfig.triggeringEvent?.type === "autosave" };
    // Once the new form is settled; and whatever happens to the old one, for a request that is given up must not keep others waiting.
    xhr.addEventListener("loadend", () => setTimeout(() => answered(xhr.status), htmx.config.defaultSettleDelay + 1));
  });

  function answered(status) {
    if (status !== 200 && status !== 422) waiting = [];
    sent = null;
    while (!sent && waiting.length) repeat(waiting.shift());
  }

  function repeat({ form, name, value, saves }) {
    const now = form.isConnected ? form : document.getElementById(form.id);
    if (saves) {
      if (now) htmx.trigger(now, "autosave");
      return;
    }
    const same = (control) => control.name === name && !control.dataset.opens && (control.localName === "select" || control.value === value);
    const control = now && [...now.elements].find(same);
    if (control?.localName === "select") control.dispatchEvent(new Event("change", { bubbles: true }));
    else control?.click();
  }
})();
