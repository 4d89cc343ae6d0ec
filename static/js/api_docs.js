// What Swagger UI leaves to its page: dark where our pages are dark, and the workspace that a signed-in person came from (?workspace=) filled in.
(() => {
  const choice = document.querySelector('meta[name="theme-choice"]').content;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", choice === "dark" || (choice === "auto" && system.matches));
  apply();
  system.addEventListener("change", apply);

  // A scheme can be filled in once the document that names it has been read.
  document.addEventListener("DOMContentLoaded", () => {
    const workspace = new URLSearchParams(location.search).get("workspace");
    if (!workspace) return;
    const stop = ui.getStore().subscribe(() => {
      if (!ui.specSelectors.specJson().size) return;
      stop();
      ui.preauthorizeApiKey("workspace", workspace);
    });
  });
})();
