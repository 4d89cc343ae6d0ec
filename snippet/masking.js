// Takes secrets, card numbers and e-mail addresses out of the parameters of a URL, in its query and its hash. A form that is sent
// with GET puts its fields there.

import { holdsCard } from "./cards.js";

const MASK = "[masked]";
const SECRET = /token|passw|pwd|secret|key(?!word)|code|auth(?!ors?$)|session|sessid|mail|card|cvc|cvv|iban|ssn/i;
const ADDRESS = /[^\s@/]+@[^\s@/]+\.[^\s@/]/;

/** The URL, or a part of one, with [masked] for values that look like addresses or cards, or whose names speak of secrets. */
export function masked(url) {
  const start = url.search(/[?#]/);
  if (start < 0) return url;
  return url.slice(0, start) + url.slice(start).replace(/([?&#])([^?&#=]*)(=[^&#]*)?/g, parameter);
}

function parameter(whole, separator, name, assigned) {
  if (!assigned) return ADDRESS.test(decoded(name)) ? separator + MASK : whole;
  const value = decoded(assigned.slice(1));
  const secret = SECRET.test(decoded(name)) || ADDRESS.test(value) || holdsCard(value) || masked(value) !== value; // a URL within the URL
  return secret ? `${separator}${name}=${MASK}` : whole;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
