// The wait for an on-sale: ticks by the server's clock, and when it is over fetches the page again and puts the picker in place.
import { one } from "./base.js";

/** Everybody's page would ask in the same instant; this spreads them. */
const SPREAD_MS = 1500;

/** @param {() => void} opened called when the picker stands in the page */
export function countdown(opened) {
  const box = document.querySelector("#opening");
  if (!(box instanceof HTMLElement)) return;
  const clock = one("[data-clock]", box);
  const end = performance.now() + (Number(box.dataset.opens) - Number(box.dataset.now));
  const tick = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds <= 0) {
      clock.textContent = "Opening…";
      window.setTimeout(() => fetchSale(opened), Math.random() * SPREAD_MS);
      return;
    }
    clock.innerHTML = parts(seconds).map(([count, unit]) => `${count}<i>${unit}</i>`).join(" ");
    window.setTimeout(tick, 1000 - (Math.ceil(seconds * 1000 - (end - performance.now())) % 1000));
  };
  tick();
}

/**
 * @param {number} seconds
 * @returns {[string, string][]}
 */
function parts(seconds) {
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, "0");
  /** @type {[string, string][]} */
  const all = [[String(Math.floor(seconds / 86400)), "days"], [two((seconds / 3600) % 24), "h"], [two((seconds / 60) % 60), "min"], [two(seconds % 60), "s"]];
  return seconds >= 86400 ? all : seconds >= 3600 ? all.slice(1) : all.slice(2);
}

/** @param {() => void} opened */
async function fetchSale(opened) {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#sale");
    if (answer.ok && fresh && !fresh.querySelector("#opening")) {
      one("#sale").replaceWith(fresh);
      const badge = page.querySelector("[data-badge]");
      if (badge) document.querySelector("[data-badge]")?.replaceWith(badge);
      return opened();
    }
  } catch { /* offline for a moment: asked again below */ }
  window.setTimeout(() => fetchSale(opened), 1000 + Math.random() * SPREAD_MS);
}
