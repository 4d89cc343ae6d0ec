// The event stream is not replaced while somebody reads a call in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "stream" && event.target.querySelector("details[open]")) event.preventDefault();
});
