// Reads forms that are submitted: which form it was, and who the visitor says they are. Only fields that are marked,
// or whose autocomplete or name says e-mail, name, company, role or phone, are read; secrets never.

import { holdsCard } from "./cards.js";
import { safely } from "./safely.js";

const PRIVATE = "[data-leadscore-private]";
const NEVER = /passw|pwd|secret|token|card|cvc|cvv|iban|ssn|security/i;
const PAYMENT = /^\s*(?:\d[ -]?){12,18}\d\s*$/;
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
