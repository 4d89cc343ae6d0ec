// Light, dark or the system's choice. Runs before the first paint (in <head>, not deferred), so nothing flashes.
// The cookie lets the server render the right side; only "auto" has to be settled here.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    return root.dataset.themeChoice || "auto";
  }

  function apply() {
    const dark = choice() === "dark" || (choice() === "auto" && system.matches);
    const theme = dark ? "dark" : "light";
    if (root.dataset.bsTheme === theme) return;
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("themechange", { detail: { theme } }));
  }

  function choose(theme) {
    root.dataset.themeChoice = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    apply();
    label();
  }

  function label() {
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === choice()));
    }
    const other = root.dataset.bsTheme === "dark" ? "light" : "dark";
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", `Switch to ${other}`);
    }
  }

  apply();
  system.addEventListener("change", () => { apply(); label(); });
  document.addEventListener("DOMContentLoaded", label);
  document.addEventListener("click", (event) => {
    const set = event.target.closest("[data-theme-set]");
    if (set) choose(set.dataset.themeSet);
    if (event.target.closest("[data-theme-toggle]")) choose(root.dataset.bsTheme === "dark" ? "light" : "dark");
  });
})();
