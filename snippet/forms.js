// Reads forms that are submitted: which form it was, and who the visitor says they are. Only fields that are marked,
// or whose autocomplete or name says e-mail, name, company, role or phone, are read; secrets never.

import { safely } from "./safely.js";

const PRIVATE = "[data-leadscore-private]";
const NEVER = /passw|pwd|secret|token|card|cvc|cvv|iban|ssn|security/i;
const PAYMENT = /^\s*(?:\d[ -]?){12,18}\d\s*$/;
const DIGITS = /\d+(?:[ .-]\d+)*/g;
const RECOGNISED = [
  ["email", /^e-?mail(?:[-_ ]?address)?$/i],
  ["first_name", /^(?:given-name|first[-_ ]?name|fname)$/i],
  ["last_name", /^(?:family-name|last[-_ ]?name|surname|lname)$/i],
  ["name", /^(?:name|full[-_ ]?name|your[-_ ]?name)$/i],
  ["company", /^(?:organi[sz]ation|company(?:[-_ ]?name)?)$/i],
  ["job_title", /^(?:organi[sz]ation-title|job[-_ ]?title|role)$/i],
  ["phone", /^(?:tel|phone(?:[-_ ]?number)?)$/i],
];

/** Calls `submitted(properties, traits)` for every form sent, `traits` being null where nothing was read. */
export function watch(submitted) {
  addEventListener(
    "submit",
    safely(({ target }) => {
      if (!(target instanceof HTMLFormElement) || target.closest(PRIVATE)) return;
      const traits = traitsOf(target);
      submitted(describe(target), Object.keys(traits).length ? traits : null);
    }),
    true, // before the page's own listeners, which may stop the event
  );
}

/** A field called "name" or "id" hides the form's own property, but not its attribute. */
function describe(form) {
  const [name, id] = ["name", "id"].map((attribute) => form.getAttribute(attribute) || undefined);
  return { form: name || id, form_name: name, form_id: id };
}

function traitsOf(form) {
  const traits = {};
  for (const field of form.elements) {
    if (!/^(?:input|select|textarea)$/i.test(field.tagName)) continue;
    const trait = traitOf(field);
    const value = trait && field.value.trim().slice(0, 500);
    if (value && !PAYMENT.test(value) && !holdsCard(value)) traits[trait] = value;
  }
  return traits;
}

/** Whether groups of digits somewhere in the text make up a card number. */
function holdsCard(text) {
  return (text.match(DIGITS) || []).some((digits) => {
    const groups = digits.split(/\D/);
    return groups.some((_, from) => groups.some((_, to) => isCard(groups.slice(from, to + 1).join(""))));
  });
}

/** The check of Luhn: from the right, every second digit counts double, less nine where that has two digits. */
function isCard(digits) {
  if (!/^\d{13,19}$/.test(digits)) return false;
  const worth = (digit, place) => (place % 2 ? digit * 2 - (digit > 4 ? 9 : 0) : +digit);
  return [...digits].reverse().reduce((sum, digit, place) => sum + worth(digit, place), 0) % 10 === 0;
}

/** The trait that a field gives; nothing where it gives none, or must not. */
function traitOf(field) {
  const { type, name, id } = field;
  const hints = (field.getAttribute("autocomplete") || "").split(/\s+/);
  if (type === "password" || type === "file" || field.closest(PRIVATE)) return;
  if (hints.some((hint) => /^cc-|password|one-time/.test(hint)) || NEVER.test(`${name} ${id}`)) return;
  if (/^(?:checkbox|radio)$/.test(type) && !field.checked) return;
  const marked = field.getAttribute("data-leadscore-trait");
  if (marked) return marked;
  if (type === "hidden") return;
  if (type === "email") return "email";
  const [trait] = RECOGNISED.find(([, pattern]) => hints.some((hint) => pattern.test(hint)) || pattern.test(name)) || [];
  return trait;
}
