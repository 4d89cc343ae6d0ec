// Tells when a single-page application has gone to another page.

import { safely } from "./safely.js";

const SETTLING = 100; // milliseconds in which applications set the new title, and redirects happen

let route = routeOf(location);
let timer = 0;
let announce = null;

/** Calls `arrived` once for every new path, query or hash route, after it has had time to set its title. */
export function watch(arrived) {
  announce = safely(arrived);
  for (const method of ["pushState", "replaceState"]) wrap(method);
  addEventListener("popstate", changed);
  addEventListener("hashchange", changed);
}

/** Announces a page that is still settling: the visitor leaves already. */
export function settle() {
  if (!timer) return;
  clearTimeout(timer);
  timer = 0;
  announce();
}

function wrap(method) {
  const original = history[method];
  history[method] = function () {
    const result = original.apply(this, arguments);
    changed();
    return result;
  };
}

const changed = safely(() => {
  const present = routeOf(location);
  if (present === route) return;
  route = present;
  clearTimeout(timer);
  timer = setTimeout(settle, SETTLING);
});

/** A hash counts where it is a route (#/pricing), not a place on the page (#pricing). */
function routeOf({ pathname, search, hash }) {
  return pathname + search + (/^#!?\//.test(hash) ? hash : "");
}
