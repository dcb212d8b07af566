// The same seats without a picture: section, row, seat. For keyboards, screen readers, and whoever likes lists.
import { find } from "./find.js";
import { BLOCKED, FREE, HELD } from "./house.js";
import { colourClass } from "./palette.js";

/** @typedef {import("./house.js").House} House */
/** @typedef {import("./house.js").Row} Row */

const SAID = { [FREE]: "", [HELD]: "on hold", 2: "sold", [BLOCKED]: "not for sale" };
/** So few rows are opened at once. */
const OPENED = 3;

export class SeatList {
  /**
   * @param {HTMLElement} box
   * @param {House} house
   * @param {{ has: (seat: number) => boolean, toggle: (seat: number) => void, priceOf: (tier: string) => string, isOwn: (seat: number) => boolean, kindOf: (seat: number) => string }} choice
   * @param {(text: string) => void} say what a search found
   */
  constructor(box, house, choice, say) {
    this.box = box;
    this.house = house;
    this.choice = choice;
    this.say = say;
    /** @type {Map<number, HTMLButtonElement>} */ this.buttons = new Map();
    /** What is shown of each row and section. @type {{ note: HTMLElement, first: number, count: number, tier: string }[]} */ this.notes = [];
    /** @type {string | null} */ this.onlyTier = null;
    this.typed = "";
    this.built = false;
  }

  /** Shows what was typed and chosen, once the list is looked at; rows and seats follow as they are opened. */
  build() {
    this.built = true;
    this.buttons.clear();
    this.notes = [];
    const found = find(this.house, this.typed).map((one) => ({ ...one, rows: (one.rows ?? one.section.rows).filter((row) => this.#hasTier(row)), all: one.rows === null })).filter((one) => one.rows.length > 0);
    const few = found.reduce((sum, one) => sum + (one.all ? OPENED + 1 : one.rows.length), 0) <= OPENED;
    this.box.replaceChildren(...found.map((one) => this.#section(one.section, one.rows, one.number, few)));
    this.say(this.typed && found.length === 0 ? "No seat here is called that. Try a section’s name, then a row." : this.typed ? `${found.length} section${found.length === 1 ? "" : "s"}` : "");
    this.update();
  }

  /** @param {string} typed */
  search(typed) { this.typed = typed; this.build(); }

  /** Shows one price only, or all. @param {string | null} tier */
  only(tier) { this.onlyTier = tier; if (this.built) this.build(); }

  /** @param {Row} row */
  #hasTier(row) {
    if (this.onlyTier === null) return true;
    for (let seat = row.first; seat < row.first + row.count; seat++) if (this.house.tierOf(seat) === this.onlyTier) return true;
    return false;
  }

  /** @param {import("./house.js").Section} section @param {Row[]} rows @param {string} number @param {boolean} open */
  #section(section, rows, number, open) {
    const { details, note } = fold(section.label);
    this.notes.push({ note, first: rows[0].first, count: rows.reduce((sum, row) => sum + row.count, 0), tier: section.tier });
    const fill = () => {
      for (const row of rows) {
        const line = fold(`Row ${row.label}`);
        this.notes.push({ note: line.note, first: row.first, count: row.count, tier: "" });
        once(line.details, () => line.details.append(this.#row(row, number)));
        details.append(line.details);
        line.details.open = open;
      }
      this.update();
    };
    once(details, fill);
    details.open = open;
    return details;
  }

  /** @param {number} first @param {number} count */
  #left(first, count) {
    let free = 0;
    for (let seat = first; seat < first + count; seat++) if (this.house.state[seat] === FREE && this.#shown(seat)) free++;
    return free ? `${free} free` : "none free";
  }

  /** @param {number} seat */
  #shown(seat) { return this.onlyTier === null || this.house.tierOf(seat) === this.onlyTier; }

  /** @param {Row} row @param {string} number */
  #row(row, number) {
    const box = document.createElement("div");
    box.className = "seats";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `Row ${row.label}; arrow keys move along it`);
    const all = Array.from({ length: row.count }, (_, n) => row.first + n).filter((seat) => this.#shown(seat));
    const named = all.filter((seat) => this.house.number[seat].toLowerCase() === number);
    for (const seat of named.length ? named : all) box.append(this.#seat(seat, !box.firstChild));
    box.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined || !(event.target instanceof HTMLElement)) return;
      const all = [...box.children], from = all.indexOf(event.target);
      const to = /** @type {HTMLElement} */ (all[Math.max(0, Math.min(all.length - 1, from + step))]);
      for (const child of all) /** @type {HTMLElement} */ (child).tabIndex = child === to ? 0 : -1;
      to.focus();
      event.preventDefault();
    });
    return box;
  }

  /** @param {number} seat @param {boolean} first */
  #seat(seat, first) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.house.number[seat];
    button.tabIndex = first ? 0 : -1;
    button.addEventListener("click", () => { if ((this.house.state[seat] === FREE && !this.choice.isOwn(seat)) || this.choice.has(seat)) this.choice.toggle(seat); });
    this.buttons.set(seat, button);
    this.#dress(seat);
    return button;
  }

  /** @param {number} seat */
  #dress(seat) {
    const button = this.buttons.get(seat);
    if (!button) return;
    const { house, choice } = this, state = house.state[seat], mine = choice.has(seat), own = choice.isOwn(seat);
    const tier = house.tierOf(seat);
    button.className = `seat seat--${((colourClass(tier) - 1) % 4) + 1}${house.wheel[seat] ? " seat--wheel" : ""}${own ? " seat--own" : state === HELD ? " seat--held" : ""}`;
    button.setAttribute("aria-pressed", String(mine));
    button.setAttribute("aria-disabled", String((state !== FREE || own) && !mine));
    const extra = [choice.kindOf(seat), own ? "on hold for you" : state === FREE ? choice.priceOf(tier) : SAID[state]].filter(Boolean).join(", ");
    button.setAttribute("aria-label", `Seat ${house.number[seat]}${extra ? `, ${extra}` : ""}`);
    button.title = extra;
  }

  /** Brings what is open up to date. */
  update() {
    if (!this.built) return;
    for (const { note, first, count, tier } of this.notes) note.textContent = [tier && this.choice.priceOf(tier), this.#left(first, count)].filter(Boolean).join(" · ");
    for (const seat of this.buttons.keys()) this.#dress(seat);
  }
}

/** @param {string} title */
function fold(title) {
  const details = document.createElement("details"), summary = document.createElement("summary"), name = document.createElement("b"), note = document.createElement("span");
  name.textContent = title;
  note.className = "quiet";
  summary.append(name, note);
  details.append(summary);
  return { details, note };
}

/** @param {HTMLDetailsElement} details @param {() => void} fill */
function once(details, fill) {
  details.addEventListener("toggle", () => { if (details.open) fill(); }, { once: true });
}
