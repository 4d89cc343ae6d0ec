// Finds card numbers in texts.

const DIGITS = /\d+(?:[ .+-]\d+)*/g;

/** Whether groups of digits somewhere in the text make up a card number. */
export function holdsCard(text) {
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
