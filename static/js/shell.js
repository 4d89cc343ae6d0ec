// The frame's behaviour: search by "/", menus that close, flashes that can be put away, and words when a request fails.
(() => {
  const typing = (node) => node.isContentEditable || /^(input|textarea|select)$/i.test(node.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.getElementById("search");
      if (!search || search.offsetParent === null) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") closeMenus(null);
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest(".menu a.item") ? null : event.target.closest("details.menu")); // a link of a menu may stay on the page
    const close = event.target.closest("[data-dismisses]");
    if (close) close.closest(close.dataset.dismisses).remove();
  });

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu === except) continue;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  }

  // On a narrow screen the tab of this page may lie outside its scrolling row.
  document.addEventListener("DOMContentLoaded", () => {
    for (const tab of document.querySelectorAll(".tabs [aria-current]")) tab.scrollIntoView({ block: "nearest", inline: "center" });
  });

  // say(text): a toast for what happened without a new page; announced politely, gone after eight seconds unless touched.
  // What is said already is said once.
  function say(text) {
    for (const shown of document.querySelectorAll("#toasts > *")) if (shown.querySelector("[data-text]").textContent === text) shown.remove();
    const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
    toast.querySelector("[data-text]").textContent = text;
    document.getElementById("toasts").append(toast);
    const timer = setTimeout(() => toast.remove(), 8000);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("focusin", () => clearTimeout(timer));
  }

  document.addEventListener("toast", (event) => say(event.detail.value ?? event.detail.text));
  document.addEventListener("htmx:sendError", () => say("The server could not be reached. Nothing was changed; try again."));
  document.addEventListener("htmx:timeout", () => say("The server took too long to answer. Look again before you repeat it."));
  document.addEventListener("htmx:responseError", (event) => say(failure(event.detail.xhr.status)));

  function failure(status) {
    if (status === 401) return "You are signed out. Sign in again in another tab, then repeat.";
    if (status === 403) return "You may not do this here, or the page is too old. Load it again.";
    if (status === 404) return "This is no longer there. Load the page again.";
    if (status === 409 || status === 412) return "Someone else changed this meanwhile. Load the page again to see how.";
    if (status === 429) return "Too many requests at once. Wait a moment and try again.";
    if (status >= 500) return "Something went wrong on the server. It has been recorded; nothing was changed.";
    return "This could not be done. Load the page again.";
  }

  // The token of whoever signed in since, in another tab: the page has that of before.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (!token) return;
    detail.headers["X-CSRFToken"] = token;
    if (detail.formData.has("csrfmiddlewaretoken")) detail.formData.set("csrfmiddlewaretoken", token);
  });

  // 422 is a form that was refused: its answer holds the form with what is wrong, so it is shown.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
})();
