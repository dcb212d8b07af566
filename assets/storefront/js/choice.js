// What is chosen: a few seats, their sum, and the way on to the hold.
import { attemptKey, money, one } from "./base.js";
import { explain } from "./refusal.js";
import { askToReplace } from "./replace.js";
import { FREE } from "./seatmap/house.js";
import { colourClass } from "./seatmap/palette.js";
import { addressOf } from "./visit.js";

/** @typedef {import("./seatmap/house.js").House} House */

export class Choice {
  /**
   * @param {HTMLFormElement} form
   * @param {House} house
   * @param {number} limit
   * @param {{ changed: () => void, refused: (problem: any) => void }} to
   */
  constructor(form, house, limit, to) {
    this.form = form;
    this.house = house;
    this.limit = limit;
    this.to = to;
    /** @type {Set<number>} */ this.seats = new Set();
    /** What the buyer holds already. @type {Set<number>} */ this.own = new Set();
    /** @type {Map<string, { amount: number, currency: string }>} */ this.prices = new Map();
    this.key = attemptKey();
    /** The hold whose place the new one takes, in the attempt that the key belongs to. */ this.replacing = "";
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#hold(this.replacing); });
    one("[data-clear]", form).addEventListener("click", () => { this.seats.clear(); this.say(""); this.show(); });
  }

  /** @param {number} seat */
  has(seat) { return this.seats.has(seat); }
  /** @param {number} seat */
  isOwn(seat) { return this.own.has(seat); }
  /** What kind of place it is, in words; nothing for a plain seat. @param {number} seat */
  kindOf(seat) { return this.house.wheel[seat] ? "wheelchair space" : this.house.isCompanion(seat) ? "companion’s seat" : ""; }

  /** Chooses a seat or lets it go; a wheelchair space and its companion's seat come as a pair. @param {number} seat */
  toggle(seat) {
    this.say("");
    const partner = this.#partner(seat), { wheel } = this.house;
    if (this.seats.delete(seat)) {
      // The companion may stay at home; without the space nobody needs the seat beside it.
      if (partner >= 0 && wheel[seat]) this.seats.delete(partner);
      return this.show();
    }
    const wanted = partner >= 0 && !this.seats.has(partner) ? [seat, partner] : [seat];
    if (this.seats.size + wanted.length > this.limit && this.seats.size + 1 > this.limit) return this.say(`At most ${this.limit} seats at once.`);
    for (const one of wanted) if (this.seats.size < this.limit) this.seats.add(one);
    if (wanted.length > 1) this.say(wheel[seat] ? `With seat ${this.house.number[partner]} for a companion. If nobody comes along, remove it.` : `This seat goes with wheelchair space ${this.house.number[partner]} beside it.`);
    this.show();
  }

  /** The other half of a pair, if it can be had. @param {number} seat */
  #partner(seat) {
    const partner = this.house.partner[seat];
    return partner >= 0 && (this.house.state[partner] === FREE || this.seats.has(partner)) && !this.own.has(partner) ? partner : -1;
  }

  /** Chooses these and no others. @param {number[]} seats */
  take(seats) {
    this.seats.clear();
    for (const seat of seats) this.seats.add(seat);
    this.say("");
    this.show();
  }

  /** @param {string} tier */
  priceOf(tier) {
    const price = this.prices.get(tier);
    return price ? money(price.amount, price.currency) : "";
  }

  /** Lets go of seats that others got first. @param {number[]} taken */
  lose(taken) {
    const lost = taken.filter((seat) => this.seats.delete(seat));
    if (lost.length === 0) return;
    this.say(`${lost.map((seat) => this.house.label(seat)).join("; ")} ${lost.length === 1 ? "was" : "were"} just taken by someone else.`);
    this.show();
  }

  /** @param {string} text @param {HTMLElement[]} [ways] what one can do about it */
  say(text, ways = []) {
    const said = one("[data-said]", this.form), other = one("[data-other]", this.form);
    said.textContent = text;
    said.hidden = text === "";
    other.replaceChildren(...ways);
    other.hidden = ways.length === 0;
  }

  show() {
    const { form, house } = this, seats = [...this.seats].sort((a, b) => a - b);
    form.classList.toggle("is-some", seats.length > 0);
    one("[data-none]", form).hidden = seats.length > 0;
    one("[data-clear]", form).hidden = seats.length === 0;
    one("[data-list]", form).replaceChildren(...seats.map((seat) => this.#line(seat)));
    one("[data-count]", form).textContent = seats.length === 0 ? "No seats yet" : `${seats.length} seat${seats.length === 1 ? "" : "s"}`;
    const first = this.prices.get(house.tierOf(seats[0] ?? 0));
    const sum = seats.reduce((total, seat) => total + (this.prices.get(house.tierOf(seat))?.amount ?? 0), 0);
    one("[data-total]", form).textContent = seats.length && first ? money(sum, first.currency) : "";
    /** @type {HTMLButtonElement} */ (one("[data-go]", form)).disabled = seats.length === 0;
    this.to.changed();
  }

  /** @param {number} seat */
  #line(seat) {
    const { house } = this, item = document.createElement("li"), tier = house.tierOf(seat);
    const dot = document.createElement("span"), text = document.createElement("span"), name = document.createElement("bdi"), where = document.createElement("bdi"), price = document.createElement("b"), off = document.createElement("button");
    dot.className = `dot dot--${colourClass(tier)}`;
    name.textContent = `Row ${house.rows[house.rowOf[seat]].label} · Seat ${house.number[seat]}`;
    where.className = "quiet";
    where.textContent = [house.sections[house.sectionOf[seat]].label, this.kindOf(seat)].filter(Boolean).join(" · ");
    text.append(name, where);
    price.textContent = this.priceOf(tier);
    off.type = "button";
    off.textContent = "×";
    off.setAttribute("aria-label", `Remove ${house.label(seat)}`);
    off.addEventListener("click", () => this.toggle(seat));
    item.append(dot, text, price, off);
    return item;
  }

  /** A button that takes another choice. @param {import("./refusal.js").Way} way */
  #way(way) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small button--wide";
    button.textContent = way.label;
    button.addEventListener("click", () => { this.take(way.seats); one("[data-go]", this.form).focus(); });
    return button;
  }

  /** Sends the form; the same attempt keeps its key, so a repeated send holds once. @param {string} replaced the hold whose place the new one takes */
  async #hold(replaced) {
    const go = one("[data-go]", this.form);
    if (this.seats.size === 0 || go.hasAttribute("aria-busy")) return;
    go.setAttribute("aria-busy", "true");
    this.replacing = replaced;
    const body = new URLSearchParams({ key: this.key, kind: "seats" });
    if (replaced) body.append("replace", replaced);
    for (const seat of this.seats) body.append("seat", this.house.id(seat));
    try {
      const answer = await fetch(await addressOf(this.form), { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (answer.ok) return window.location.assign(told.location);
      this.key = attemptKey();
      this.replacing = "";
      if (told.held) {
        go.removeAttribute("aria-busy");
        if (await askToReplace(told.held)) return void this.#hold(told.held.id);
        return;
      }
      const other = explain(told, this.house, this.seats);
      this.say(other?.text ?? told.detail ?? told.title ?? "That did not work.", other?.ways.map((way) => this.#way(way)));
      if (!other) this.to.refused(told);
    } catch {
      this.say("The connection broke. Try again: nothing is held twice.");
    }
    go.removeAttribute("aria-busy");
  }
}
