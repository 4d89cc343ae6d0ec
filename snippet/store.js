// What is kept in the visitor's browser. What localStorage cannot take is in memory, so that a browser which blocks
// storage, or a visitor who has not agreed to it yet, loses nothing but what would outlive the page.

const PREFIX = "leadscore.";
const DENIAL = PREFIX + "denied"; // set for a moment, to be heard in other tabs
const memory = new Map();
let local = null;

/** Begins to use localStorage, where the browser lets us; what it holds already goes before what memory holds. */
export function open() {
  local = available();
  if (!local) return;
  for (const [key, value] of memory) {
    if (local.getItem(PREFIX + key)) memory.delete(key);
    else set(key, value);
  }
}

/** Ceases to use localStorage, and leaves it as it is. */
export function close() {
  local = null;
}

/** Forgets everything, in memory and in localStorage. */
export function wipe() {
  const storage = local || available();
  for (const key of storage ? ownKeys(storage) : []) storage.removeItem(key);
  memory.clear();
  local = null;
}

/** Tells the visitor's other tabs that they have denied; leaves nothing behind. */
export function announceDenial() {
  try {
    localStorage.setItem(DENIAL, "1");
    localStorage.removeItem(DENIAL);
  } catch {
    // Storage is blocked or full: the other tabs are asked on their next page.
  }
}

/** Calls `heard` when the visitor denies in another tab. */
export function onDenial(heard) {
  addEventListener("storage", ({ key, newValue }) => key === DENIAL && newValue && heard());
}

export function get(key) {
  if (memory.has(key) || !local) return memory.get(key);
  return local.getItem(PREFIX + key);
}

export function set(key, value) {
  memory.set(key, value);
  if (!local) return;
  try {
    local.setItem(PREFIX + key, value);
    memory.delete(key); // another tab may change or remove it
  } catch {
    // The quota is used up: memory has it.
  }
}

export function remove(key) {
  memory.delete(key);
  if (local) local.removeItem(PREFIX + key);
}

/** The keys that begin with `start`, those that other pages left included. */
export function keys(start) {
  const stored = local ? ownKeys(local).map((key) => key.slice(PREFIX.length)) : [];
  return [...new Set([...memory.keys(), ...stored])].filter((key) => key.startsWith(start));
}

function ownKeys(storage) {
  return Object.keys(storage).filter((key) => key.startsWith(PREFIX));
}

function available() {
  try {
    const storage = window.localStorage;
    storage.getItem(PREFIX);
    return storage;
  } catch {
    return null;
  }
}
