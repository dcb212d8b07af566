// The best seats, looked at before they are held: a party that would not sit together is told so, and asked.
import { one } from "./base.js";

/** @typedef {import("./seatmap/house.js").House} House */

/** @type {Record<string, string>} */
const APART = { rows: "They are not all side by side", sections: "They are in different sections" };

/**
 * @param {HTMLFormElement} form
 * @param {string} event
 * @param {House} house
 */
export function lookFirst(form, event, house) {
  const said = one("[data-best-said]", form), go = /** @type {HTMLButtonElement} */ (one("button[type=submit]", form)), label = go.textContent;
  let agreed = false;
  const forget = () => { agreed = false; said.hidden = true; go.textContent = label; };
  form.addEventListener("change", forget);
  form.addEventListener("submit", async (submitted) => {
    const wish = new FormData(form), quantity = Number(wish.get("quantity"));
    if (agreed || quantity < 2) return;
    submitted.preventDefault();
    const offer = await ask(event, wish).catch(() => null);
    go.removeAttribute("aria-busy");
    agreed = true;
    // Who cannot be told anything gets what there is; the checkout shows it.
    if (!offer || !APART[offer.together]) return form.requestSubmit();
    const seats = offer.seats.map((/** @type {{ id: string }} */ seat) => house.byId.get(seat.id)).filter((/** @type {number | undefined} */ seat) => seat !== undefined);
    said.textContent = `${APART[offer.together]}: ${house.told(seats)}.`;
    said.hidden = false;
    go.textContent = "Take these";
    go.focus();
  });
}

/** @param {string} event @param {FormData} wish */
async function ask(event, wish) {
  const query = new URLSearchParams({ quantity: String(wish.get("quantity")) });
  if (wish.get("tier")) query.set("tier", String(wish.get("tier")));
  if (wish.get("accessible")) query.set("accessible", "true");
  const answer = await fetch(`/v1/events/${event}/best?${query}`, { headers: { accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}
