// What every script may want.

/** True when the reader asked for little motion. */
export const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * The one element that must be there.
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {HTMLElement}
 */
export function one(selector, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** A random name for one attempt, so that sending it twice does it once. Works without a secure context too. */
export function attemptKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What tells apart currencies that share a symbol. @type {Record<string, string>} */
const OWNERS = { USD: "US", AUD: "A", CAD: "C", NZD: "NZ", SGD: "S", HKD: "HK", MXN: "MX", CNY: "CN" };

/**
 * A price in minor units as the server writes it: `A$45`, `€1,012.50`, `Free`.
 * @param {number} amount
 * @param {string} currency ISO 4217
 */
export function money(amount, currency) {
  if (amount === 0) return "Free";
  const look = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const format = new Intl.NumberFormat("en", look);
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const whole = amount % 10 ** digits === 0;
  const plain = new Intl.NumberFormat("en", { ...look, minimumFractionDigits: whole ? 0 : digits, maximumFractionDigits: whole ? 0 : digits });
  return (OWNERS[currency] ?? "") + plain.format(amount / 10 ** digits);
}
