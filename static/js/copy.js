// data-copies="#id" copies that element's text. Without a secure context the clipboard API is missing: select and copy instead.
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copies);
    const copied = navigator.clipboard ? await byClipboard(source) : bySelection(source);
    confirm(button, copied);
  });

  const text = (node) => (node.value ?? node.textContent).trim();

  async function byClipboard(source) {
    try {
      await navigator.clipboard.writeText(text(source));
      return true;
    } catch (refused) {
      return bySelection(source);
    }
  }

  function bySelection(source) {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }

  function confirm(button, copied) {
    const label = button.querySelector("[data-label]");
    const before = label.dataset.before ?? label.textContent;
    label.dataset.before = before;
    label.textContent = copied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { label.textContent = before; }, 2500);
  }
})();
