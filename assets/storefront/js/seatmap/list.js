// The same seats without a picture: section, row, seat. For keyboards, screen readers, and whoever likes lists.
import { BLOCKED, FREE, HELD } from "./house.js";
import { colourClass } from "./palette.js";

/** @typedef {import("./house.js").House} House */

const SAID = { [FREE]: "", [HELD]: "on hold", 2: "sold", [BLOCKED]: "not for sale" };

export class SeatList {
  /**
   * @param {HTMLElement} box
   * @param {House} house
   * @param {{ has: (seat: number) => boolean, toggle: (seat: number) => void, priceOf: (tier: string) => string }} choice
   */
  constructor(box, house, choice) {
    this.box = box;
    this.house = house;
    this.choice = choice;
    /** @type {Map<number, HTMLButtonElement>} */ this.buttons = new Map();
    /** @type {HTMLElement[]} */ this.sectionNotes = [];
    this.built = false;
  }

  /** Makes the sections once, when the list is first shown; rows and seats follow as they are opened. */
  build() {
    if (this.built) return;
    this.built = true;
    for (const section of this.house.sections) {
      const { details, note } = fold(section.label);
      this.sectionNotes.push(note);
      once(details, () => {
        for (const row of section.rows) {
          const line = fold(`Row ${row.label}`);
          line.note.textContent = this.#left(row.first, row.count);
          line.note.dataset.row = String(row.first);
          once(line.details, () => line.details.append(this.#row(row)));
          details.append(line.details);
        }
      });
      this.box.append(details);
    }
    this.update();
  }

  /** @param {number} first @param {number} count */
  #left(first, count) {
    let free = 0;
    for (let seat = first; seat < first + count; seat++) if (this.house.state[seat] === FREE) free++;
    return free ? `${free} free` : "none free";
  }

  /** @param {import("./house.js").Row} row */
  #row(row) {
    const box = document.createElement("div");
    box.className = "seats";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `Row ${row.label}; arrow keys move along it`);
    for (let seat = row.first; seat < row.first + row.count; seat++) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.house.number[seat];
      button.tabIndex = seat === row.first ? 0 : -1;
      button.addEventListener("click", () => { if (this.house.state[seat] === FREE || this.choice.has(seat)) this.choice.toggle(seat); });
      this.buttons.set(seat, button);
      this.#dress(seat);
      box.append(button);
    }
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

  /** @param {number} seat */
  #dress(seat) {
    const button = this.buttons.get(seat);
    if (!button) return;
    const { house, choice } = this, state = house.state[seat], mine = choice.has(seat);
    const tier = house.tierOf(seat);
    button.className = `seat seat--${((colourClass(tier) - 1) % 4) + 1}${house.wheel[seat] ? " seat--wheel" : ""}${state === HELD ? " seat--held" : ""}`;
    button.setAttribute("aria-pressed", String(mine));
    button.setAttribute("aria-disabled", String(state !== FREE && !mine));
    const extra = [house.wheel[seat] ? "wheelchair space" : "", state === FREE ? choice.priceOf(tier) : SAID[state]].filter(Boolean).join(", ");
    button.setAttribute("aria-label", `Seat ${house.number[seat]}${extra ? `, ${extra}` : ""}`);
    button.title = extra;
  }

  /** Brings what is open up to date. */
  update() {
    if (!this.built) return;
    this.house.sections.forEach((section, n) => { this.sectionNotes[n].textContent = `${this.choice.priceOf(section.tier)} · ${this.#left(section.first, section.count)}`; });
    for (const seat of this.buttons.keys()) this.#dress(seat);
    for (const row of this.house.rows) {
      const note = this.box.querySelector(`[data-row="${row.first}"]`);
      if (note) note.textContent = this.#left(row.first, row.count);
    }
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
