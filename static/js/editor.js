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

  document.addEventListener("revision", (event) => {
    for (const input of document.querySelectorAll('input[name="revision"]')) input.value = event.detail.value;
  });
})();
