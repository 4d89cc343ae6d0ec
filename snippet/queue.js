// Calls on their way to the server. Each is kept under a key of its own until a request that carried it has been
// answered, so that tabs cannot overwrite each other's and a lost page, network or server loses none. A call may
// thus be sent twice; its messageId makes it count once.

import * as store from "./store.js";

const BATCH = 10; // calls that are not made to wait
const DELAY = 500; // milliseconds that others wait for company
const LONGEST_DELAY = 300000;
const LONGEST_REQUEST = 30000; // then it is broken off
const HEARSAY = 150; // until other tabs, which may be other processes, see what was forgotten here
const MAX_KEPT = 300; // calls; beyond that the oldest go
const MAX_BYTES = 1000000; // of all calls together, likewise: sites have 5 MB for everything they keep
const MAX_BODY = 60000; // bytes; browsers refuse to outlive a page with more than 64 KB
const MAX_CALL = 32000; // bytes of one call; the server takes no larger ones

const waiting = new Map(); // messageId → call
const sizes = new WeakMap(); // call → bytes
let busy = false; // a request is under way, or another tab's is and this one's is to follow
let underway = new Set(); // messageIds in the request being answered
let request = null; // what aborts it
let beaconed = new Set(); // messageIds sent by a beacon, which has no answer
let timer = 0;
let failures = 0;
let sparedUntil = 0; // milliseconds since 1970; before that the server wants no request
let most = Infinity; // calls in one request; fewer while one of them spoils it
let refused = false; // the write key was, for as long as the page lasts
let target = null; // {url, writeKey} once calls may be sent

/** Lets calls go to `url`, those that earlier pages left first. */
export function start(url, writeKey) {
  if (refused) return;
  target = { url, writeKey };
  const kept = new Map(recovered().map((call) => [call.messageId, call]));
  for (const [id, call] of waiting) kept.set(id, call);
  waiting.clear();
  for (const [id, call] of kept) {
    waiting.set(id, call);
    keep(call);
  }
  limit();
  schedule();
}

/** Stops sending, also what is under way, and forgets what waits. */
export function stop() {
  target = null;
  if (request) request.abort();
  clearTimeout(timer);
  timer = failures = 0;
  waiting.clear();
  beaconed.clear();
}

export function add(call) {
  if (refused) return;
  if (bytes(call) > MAX_CALL) throw new RangeError("a call holds at most 32 KB");
  waiting.set(call.messageId, call);
  if (target) keep(call);
  limit();
  if (waiting.size >= BATCH && !failures) flush();
  else schedule();
}

/** Sends what waits now, unless a request is under way or the server is being spared. */
export async function flush() {
  clearTimeout(timer);
  timer = 0;
  if (!target || busy || !waiting.size) return;
  if (Date.now() < sparedUntil) return schedule();
  busy = true;
  try {
    await inTurn(send);
  } finally {
    busy = false;
  }
  schedule();
}

/** One tab at a time, where browsers let tabs know of each other; but none waits longer for one that has been frozen than a request may take. */
function inTurn(deed) {
  if (!navigator.locks) return deed();
  const wait = new AbortController();
  setTimeout(() => wait.abort(), LONGEST_REQUEST);
  return navigator.locks.request("leadscore", { signal: wait.signal }, () => deed().then(lingering)).catch(deed);
}

/** Keeps the turn for a moment: it passes on faster than what localStorage lost becomes known, and the next tab would send it again. */
function lingering() {
  return new Promise((done) => setTimeout(done, HEARSAY));
}

async function send() {
  if (!target) return;
  for (const id of waiting.keys()) if (!store.get(prefix() + id)) waiting.delete(id); // another tab has delivered it
  const calls = portion([...waiting.values()].slice(0, most));
  if (!calls.length) return;
  const ids = calls.map((call) => call.messageId);
  underway = new Set(ids);
  const status = await post(calls);
  underway = new Set();
  if (target) settle(status, ids);
}

/** What the answer means for the calls that were sent; status 0 is none. */
function settle(status, ids) {
  const undecided = !status || status >= 500 || status === 429 || status === 408;
  failures = undecided ? failures + 1 : 0;
  if (undecided) return;
  if (status === 401 || status === 403) return refuse();
  if ((status === 400 || status === 413) && ids.length > 1) {
    most = Math.ceil(ids.length / 2);
    return;
  }
  most *= 2;
  forget(ids);
}

function refuse() {
  refused = true;
  forget([...waiting.keys()]);
  stop();
}

/** The page may be about to go: hands over what no request carries yet. Nothing is forgotten before an answer. */
export function leave() {
  if (!target || !navigator.sendBeacon || Date.now() < sparedUntil) return;
  let rest = [...waiting.values()].filter((call) => !underway.has(call.messageId) && !beaconed.has(call.messageId));
  while (rest.length) {
    const calls = portion(rest);
    if (!navigator.sendBeacon(target.url, body(calls))) return;
    for (const call of calls) beaconed.add(call.messageId);
    rest = rest.slice(calls.length);
  }
}

/** Tries again without waiting: the network is back. */
export function retry() {
  failures = 0;
  flush();
}

function schedule() {
  if (timer || !target || !waiting.size) return;
  const pause = failures ? Math.min(LONGEST_DELAY, 1000 * 2 ** failures) * (0.5 + Math.random() / 2) : DELAY;
  timer = setTimeout(flush, Math.max(pause, sparedUntil - Date.now()));
}

/** The status of the server's answer; 0 where there was none. */
async function post(calls) {
  request = new AbortController();
  const deadline = setTimeout(() => request.abort(), LONGEST_REQUEST);
  try {
    const { status, headers } = await fetch(target.url, {
      method: "POST", body: body(calls), keepalive: true, credentials: "omit", signal: request.signal,
    });
    if (status === 429 || status === 503) spare(headers.get("Retry-After"));
    return status;
  } catch {
    return 0;
  } finally {
    clearTimeout(deadline);
  }
}

/** Leaves the server alone for as many seconds as it says, or until the time that it says; for an hour at most. */
function spare(after) {
  const until = Number(after) ? Date.now() + after * 1000 : Date.parse(after);
  sparedUntil = Math.min(until || 0, Date.now() + 3600000);
}

/** Sent as text/plain, with the key inside, no preflight is needed. */
function body(calls) {
  return JSON.stringify({ writeKey: target.writeKey, sentAt: new Date().toISOString(), batch: calls });
}

/** The first of the calls that fit into one body; at least one. */
function portion(calls) {
  let size = 0;
  const end = calls.findIndex((call) => (size += bytes(call)) > MAX_BODY);
  return end < 0 ? calls : calls.slice(0, end || 1);
}

function bytes(call) {
  if (!sizes.has(call)) sizes.set(call, new Blob([JSON.stringify(call)]).size + 1);
  return sizes.get(call);
}

/** Lets the oldest calls go while there are too many. */
function limit() {
  let size = 0;
  for (const call of waiting.values()) size += bytes(call);
  for (const [id, call] of waiting) {
    if (waiting.size <= MAX_KEPT && size <= MAX_BYTES) return;
    size -= bytes(call);
    forget([id]);
  }
}

function forget(ids) {
  for (const id of ids) {
    waiting.delete(id);
    beaconed.delete(id);
    if (target) store.remove(prefix() + id);
  }
}

function keep(call) {
  store.set(prefix() + call.messageId, JSON.stringify(call));
}

/** Under one key's name no calls of another are found. */
function prefix() {
  return `call.${target.writeKey}.`;
}

function recovered() {
  const calls = [];
  for (const key of store.keys(prefix())) {
    try {
      const call = JSON.parse(store.get(key));
      if (key === prefix() + call.messageId) calls.push(call);
    } catch {
      store.remove(key);
    }
  }
  return calls.sort((one, other) => (one.timestamp < other.timestamp ? -1 : 1));
}
