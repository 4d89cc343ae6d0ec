// Calls of the tracking protocol, as the server reads them.

import { masked } from "./masking.js";
import * as store from "./store.js";

const LIBRARY = { name: "leadscore.js", version: "0.1.0" };

let campaign; // that brought the visitor, until another one does; the next routes of a single-page application no longer name it

/** A call of this visitor on the present page, dated now. */
export function makeCall(type, fields, page) {
  return {
    type,
    messageId: uuid(),
    timestamp: new Date().toISOString(),
    anonymousId: anonymousId(),
    userId: store.get("user") || undefined,
    ...fields,
    context: context(page),
  };
}

export function anonymousId() {
  const known = store.get("anonymous");
  if (known) return known;
  store.set("anonymous", uuid());
  return store.get("anonymous");
}

/** From now on the visitor is somebody else. */
export function forgetVisitor() {
  store.remove("user");
  store.remove("anonymous");
}

/** What the page is; `referrer` is where the visitor came from. */
export function describePage(referrer) {
  const { href, pathname, search } = location;
  return { title: document.title, url: masked(href), path: pathname, search: masked(search), referrer: masked(referrer) };
}

function context(page) {
  campaign = campaignOf(page.search) || campaign;
  return {
    page,
    ...(campaign && { campaign }),
    userAgent: navigator.userAgent,
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height },
    library: LIBRARY,
  };
}

/** utm_* as the protocol names them: utm_campaign is the campaign's name. */
function campaignOf(search) {
  let found;
  for (const [key, value] of new URLSearchParams(search)) {
    if (!key.startsWith("utm_") || !value) continue;
    const name = key.slice(4);
    found = { ...found, [name === "campaign" ? "name" : name]: value };
  }
  return found;
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID(); // pages on https only
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
