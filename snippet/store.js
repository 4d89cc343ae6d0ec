// What is kept in the visitor's browser. Everything is in memory as well, so that a browser which blocks
// storage, or a visitor who has not agreed to it yet, loses nothing but what would outlive the page.

const PREFIX = "leadscore.";
const memory = new Map();
let local = null;

/** Begins to use localStorage, where the browser lets us; what it holds already goes before what memory holds. */
export function open() {
  local = available();
  for (const [key, value] of memory) set(key, get(key) || value);
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

export function get(key) {
  const stored = local && local.getItem(PREFIX + key);
  return stored === null ? memory.get(key) : stored;
}

export function set(key, value) {
  memory.set(key, value);
  try {
    if (local) local.setItem(PREFIX + key, value);
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
