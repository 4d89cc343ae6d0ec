// Native dialogs. data-opens="id" opens one, data-closes inside closes it, so does a press beside it.
// A dialog that comes as a fragment carries data-open and opens on arrival.
(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens).showModal();
      return;
    }
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement && beside(event)) event.target.close();
  });

  function beside(event) {
    const box = event.target.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  function openArrived(root) {
    for (const dialog of root.querySelectorAll("dialog[data-open]:not([open])")) dialog.showModal();
  }

  document.addEventListener("DOMContentLoaded", () => openArrived(document));
  document.addEventListener("htmx:afterSettle", () => openArrived(document));
})();
