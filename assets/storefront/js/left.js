// What is left of the event and of each tier, by the rule of the server: at most one place in ten is few, and none free but some held is
// all on hold.
import { FREE, HELD } from "./seatmap/house.js";

/** @typedef {import("./seatmap/house.js").House} House */
/** @typedef {{ free: number, held: number, places: number }} Left */
/** @typedef {"ok" | "few" | "held" | "out"} Word */

/** @type {Record<Word, string>} */
const SAID = { ok: "Available", few: "Few left", held: "All on hold", out: "Sold out" };

/** Writes what is left onto the badges of the page. @param {House} house */
export function showLeft(house) {
  const { all, tiers } = count(house);
  const badge = document.querySelector("[data-badge]");
  if (badge instanceof HTMLElement) wear(badge, wordOf(all));
  for (const mark of document.querySelectorAll("[data-left]")) {
    if (!(mark instanceof HTMLElement)) continue;
    const left = tiers.get(mark.dataset.left ?? "");
    if (!left) continue;
    const word = wordOf(left);
    wear(mark, word);
    mark.hidden = word === "ok";
    const option = document.querySelector(`option[data-tier-named="${CSS.escape(mark.dataset.left ?? "")}"]`);
    if (option instanceof HTMLOptionElement) option.textContent = `${option.dataset.named}${word === "ok" ? "" : ` · ${SAID[word]}`}`;
  }
}

/** @param {HTMLElement} badge @param {Word} word */
function wear(badge, word) {
  if (badge.dataset.word === word) return;
  badge.classList.replace(`badge--${badge.dataset.word}`, `badge--${word}`);
  badge.dataset.word = word;
  badge.textContent = SAID[word];
}

/** @param {Left} left @returns {Word} */
function wordOf({ free, held, places }) {
  if (free > 0) return free * 10 <= places ? "few" : "ok";
  return held > 0 ? "held" : "out";
}

/** @param {House} house */
function count(house) {
  const none = () => ({ free: 0, held: 0, places: 0 });
  /** @type {Left} */ const all = none();
  /** @type {Left[]} */ const byCode = [];
  for (let seat = 0; seat < house.count; seat++) {
    const left = (byCode[house.tier[seat]] ??= none()), state = house.state[seat];
    left.places += 1;
    if (state === FREE) left.free += 1;
    else if (state === HELD) left.held += 1;
  }
  for (const area of house.areas) {
    const left = (byCode[area.tier.charCodeAt(0)] ??= none());
    left.places += area.capacity;
    left.free += area.available;
    left.held += area.held;
  }
  /** @type {Map<string, Left>} */ const tiers = new Map();
  byCode.forEach((left, code) => {
    tiers.set(String.fromCharCode(code), left);
    all.places += left.places;
    all.free += left.free;
    all.held += left.held;
  });
  return { all, tiers };
}
