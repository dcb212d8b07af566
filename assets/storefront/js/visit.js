// A visit: the event's page is everybody's, so whose its forms are is asked for when one is sent.
import { attemptKey } from "./base.js";

/** Where the forms of an address are sent in this visit. @type {Map<string, Promise<string>>} */
const known = new Map();
/** @type {WeakSet<HTMLFormElement>} */
const onTheirWay = new WeakSet();

/**
 * Where a form is sent; asked for once a page.
 * @param {HTMLFormElement} form
 * @returns {Promise<string>}
 */
export function addressOf(form) {
  if (!form.hasAttribute("data-visit")) return Promise.resolve(form.action);
  const asked = known.get(form.action) ?? ask(form.action);
  known.set(form.action, asked);
  // What failed is asked for again the next time.
  asked.catch(() => known.delete(form.action));
  return asked;
}

/** @param {string} address */
async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`visit: ${answer.status}`);
  return (await answer.json()).action;
}

// Behind what the forms' own scripts do with it: they may have something to ask first.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || !form.hasAttribute("data-visit")) return;
  event.preventDefault();
  if (onTheirWay.has(form)) return;
  onTheirWay.add(form);
  try {
    form.action = await addressOf(form);
    form.method = "post";
    form.removeAttribute("data-visit");
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "key", value: attemptKey() }));
  } catch { /* as it is, it leads to a page of one's own, where it can be sent */ }
  onTheirWay.delete(form);
  form.submit();
});
