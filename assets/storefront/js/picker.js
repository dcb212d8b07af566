// The picker: joins the house, its picture, its list, the live stream and the choice.
import { one } from "./base.js";
import { lookFirst } from "./best.js";
import { Choice } from "./choice.js";
import { Camera } from "./seatmap/camera.js";
import { listen } from "./seatmap/gestures.js";
import { held } from "./held.js";
import { showLeft } from "./left.js";
import { Plan, showAreas, showLive, toArea, toFloors } from "./plan.js";
import { FREE, HELD, House } from "./seatmap/house.js";
import { SeatList } from "./seatmap/list.js";
import { Live } from "./seatmap/live.js";
import { Painter } from "./seatmap/paint.js";

/** Touching asks for this distance of neighbours; a tap at less comes nearer first. */
const TOUCH_PX = 18;

export async function openPicker() {
  const box = document.querySelector("#picker");
  if (!(box instanceof HTMLElement)) return;
  for (const form of box.querySelectorAll("form:not(#choice)")) form.addEventListener("submit", () => form.querySelector("button[type=submit]")?.setAttribute("aria-busy", "true"));
  window.addEventListener("pageshow", () => { for (const busy of box.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy"); });
  const wait = box.querySelector("#map-wait");
  try {
    const answer = await fetch(box.dataset.map ?? "");
    if (!answer.ok) throw new Error(`map: ${answer.status}`);
    const house = new House(await answer.json());
    await (box.querySelector("#choice") ? new Picker(box, house) : new Plan(box, house)).start();
    if (wait instanceof HTMLElement) wait.remove();
    box.dataset.ready = "true";
  } catch (error) {
    box.querySelector("canvas")?.setAttribute("hidden", "");
    if (wait) wait.textContent = "The map could not be loaded. The best-available form works without it.";
    console.error(error);
  }
}

class Picker {
  /** @param {HTMLElement} box @param {House} house */
  constructor(box, house) {
    this.box = box;
    this.house = house;
    this.canvas = /** @type {HTMLCanvasElement} */ (one("canvas", box));
    this.tip = one("#tip", box);
    /** The seat the tip speaks of. */
    this.tipped = -1;
    this.camera = new Camera(house.box, house.pitch);
    this.painter = new Painter(this.canvas, house, this.camera);
    this.choice = new Choice(/** @type {HTMLFormElement} */ (one("#choice", box)), house, Number(box.dataset.limit) || 10, { changed: () => this.#chosen(), refused: (problem) => this.#refused(problem) });
    this.painter.chosen = this.choice.seats;
    this.painter.own = this.choice.own;
    this.painter.priceOf = (tier) => this.choice.priceOf(tier);
    this.list = new SeatList(one("#seatlist", box), house, this.choice, (text) => { const said = one("[data-found]", box); said.textContent = text; said.hidden = text === ""; });
    this.live = new Live(box.dataset.event ?? "", house, {
      snapshot: (seats) => this.#snapshot(seats),
      changed: (seats) => this.#changed(seats),
      free: (seats) => { const free = box.querySelector("[data-free]"); if (free) free.textContent = seats.toLocaleString("en"); },
      status: (live) => this.#status(live),
    });
  }

  async start() {
    await this.live.start();
    held.then((holds) => this.#own(holds));
    document.addEventListener("held", (event) => this.#own(/** @type {CustomEvent} */ (event).detail));
    this.painter.resize();
    new ResizeObserver(() => this.painter.resize()).observe(this.canvas);
    // Text on the canvas waits for its font.
    document.fonts?.ready.then(() => this.painter.refresh());
    listen(this.canvas, this.camera, {
      moved: (moving) => this.painter.move(moving),
      tap: (x, y, touch) => this.#tap(x, y, touch),
      point: (x, y) => this.#point(x, y),
      leave: () => this.#leave(),
    });
    for (const button of this.box.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => this.#zoom(/** @type {HTMLElement} */ (button).dataset.zoom));
    toFloors(this.box, this.house, this.camera, () => this.painter.ask());
    for (const button of this.box.querySelectorAll("[data-view]")) button.addEventListener("click", () => this.#view(/** @type {HTMLElement} */ (button).dataset.view ?? "map"));
    const best = this.box.querySelector("#best");
    if (best instanceof HTMLFormElement) lookFirst(best, this.box.dataset.event ?? "", this.house);
    const field = /** @type {HTMLInputElement} */ (one("#seat-q", this.box));
    field.addEventListener("input", () => this.list.search(field.value));
    for (const button of this.box.querySelectorAll("button[data-tier]")) button.addEventListener("click", () => this.#only(/** @type {HTMLElement} */ (button)));
    // For tests and the curious: where a seat stands on the page.
    Object.assign(this.box, { ownSeats: () => [...this.choice.own].map((seat) => this.house.id(seat)), pinned: () => (this.painter.pinned ?? []).map((pin) => pin.text) });
    Object.assign(this.box, { where: (/** @type {string} */ id) => this.#where(id), showSeat: (/** @type {string} */ id) => this.#showSeat(id) });
  }

  /** @param {any} seats */
  #snapshot(seats) {
    for (const tier of seats.tiers) this.choice.prices.set(tier.id, tier.price);
    this.choice.lose([...this.choice.seats].filter((seat) => this.house.state[seat] !== FREE));
    this.#redraw();
  }

  /** @param {number[]} seats */
  #changed(seats) {
    this.choice.lose(seats.filter((seat) => this.house.state[seat] !== FREE));
    // What the tip says of a seat may be over now.
    if (seats.some((seat) => seat === this.tipped)) this.tip.hidden = true;
    this.#redraw();
  }

  #redraw() {
    this.painter.refresh();
    this.list.update();
    showAreas(this.house);
    showLeft(this.house);
    this.box.dataset.version = String(this.live.version);
    this.box.dataset.way = this.live.way;
  }

  /** Seats that are held already are drawn as one's own. @param {import("./held.js").Held[]} holds */
  #own(holds) {
    this.choice.own.clear();
    const here = holds.filter((hold) => hold.live && hold.event.id === this.box.dataset.event);
    for (const id of here.flatMap((hold) => hold.seats)) {
      const seat = this.house.byId.get(id);
      if (seat !== undefined) this.choice.own.add(seat);
    }
    this.#redraw();
  }

  #chosen() { this.painter.ask(); this.list.update(); }

  /** @param {any} problem */
  #refused(problem) {
    const taken = (problem.seats ?? []).map((/** @type {string} */ id) => this.house.byId.get(id)).filter((/** @type {number | undefined} */ seat) => seat !== undefined);
    for (const seat of taken) { this.choice.seats.delete(seat); if (this.house.state[seat] === FREE) this.house.state[seat] = HELD; }
    this.choice.show();
    this.#redraw();
    this.live.load().catch(() => {});
  }

  /** @param {boolean} live */
  #status(live) {
    showLive(one("[data-live]", this.box), live);
  }

  /** @param {number} x @param {number} y @param {boolean} touch */
  #seatUnder(x, y, touch) {
    if (!this.painter.showsSeats) return -1;
    const reach = Math.max(this.house.pitch * 0.62, (touch ? 16 : 8) / this.camera.scale);
    return this.house.seatAt(...this.camera.toMap(x, y), reach);
  }

  /** @param {number} x @param {number} y @param {boolean} touch */
  #tap(x, y, touch) {
    const [mx, my] = this.camera.toMap(x, y), near = this.house.pitch * this.camera.scale;
    const seat = this.#seatUnder(x, y, touch);
    if (seat >= 0 && touch && near < TOUCH_PX) return this.camera.goToPoint(mx, my, (TOUCH_PX * 1.4) / this.house.pitch, () => this.painter.ask());
    if (seat >= 0) {
      if (this.painter.canChoose(seat) || this.choice.has(seat)) this.choice.toggle(seat);
      return this.#showTip(seat);
    }
    this.#leave();
    const area = this.house.areaAt(mx, my);
    if (area) return toArea(area.id);
    const section = this.house.sectionAt(mx, my);
    if (section && !this.painter.showsSeats) {
      const scale = Math.max((TOUCH_PX * 1.1) / this.house.pitch, this.camera.scale * 2);
      const wide = (section.box.right - section.box.left) * scale;
      if (wide < this.camera.width * 1.4) this.camera.goTo(section.box, () => this.painter.ask());
      else this.camera.goToPoint(mx, my, scale, () => this.painter.ask());
    }
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    const seat = this.#seatUnder(x, y, false);
    const can = seat >= 0 ? this.painter.canChoose(seat) || this.choice.has(seat) : !this.painter.showsSeats && (this.house.sectionAt(...this.camera.toMap(x, y)) || this.house.areaAt(...this.camera.toMap(x, y)));
    this.canvas.classList.toggle("is-seat", Boolean(can));
    if (seat === this.painter.hover) return;
    this.painter.hover = can ? seat : -1;
    this.painter.ask();
    if (seat >= 0) this.#showTip(seat);
    else this.tip.hidden = true;
  }

  #leave() {
    this.tip.hidden = true;
    if (this.painter.hover < 0) return;
    this.painter.hover = -1;
    this.painter.ask();
  }

  /** @param {number} seat */
  #showTip(seat) {
    const { house, choice, tip } = this, state = house.state[seat], title = document.createElement("b"), line = document.createElement("span");
    this.tipped = seat;
    title.textContent = `Row ${house.rows[house.rowOf[seat]].label} · Seat ${house.number[seat]}`;
    const said = choice.isOwn(seat) ? "on hold for you" : state === FREE ? choice.priceOf(house.tierOf(seat)) : state === HELD ? "On hold right now" : state === 2 ? "Sold" : "Not for sale";
    line.textContent = [house.sections[house.sectionOf[seat]].label, choice.kindOf(seat), said].filter(Boolean).join(" · ");
    tip.replaceChildren(title, line);
    tip.hidden = false;
    const [x, y] = this.camera.toCanvas(house.x[seat], house.y[seat]), off = house.pitch * this.camera.scale * 0.5 + 12;
    const below = y - off - tip.offsetHeight < 4;
    tip.classList.toggle("is-below", below);
    const left = Math.max(6, Math.min(this.camera.width - tip.offsetWidth - 6, x - tip.offsetWidth / 2));
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(below ? y + off : y - off - tip.offsetHeight)}px)`;
  }

  /** @param {string | undefined} way */
  #zoom(way) {
    this.#leave();
    const { camera } = this, [x, y] = camera.toMap(camera.width / 2, camera.height / 2), drawn = () => this.painter.ask();
    if (way === "all") camera.goHome(drawn);
    else camera.goToPoint(x, y, camera.scale * (way === "in" ? 1.8 : 1 / 1.8), drawn);
  }

  /** @param {string} view */
  #view(view) {
    for (const button of this.box.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.view === view));
    one("#map", this.box).hidden = view === "list";
    one("#seatfind", this.box).hidden = view !== "list";
    one(".map__zoom", this.box).hidden = view === "list";
    if (view === "list") this.list.build();
    else this.painter.resize();
  }

  /** Shows one price only, or all again. @param {HTMLElement} button */
  #only(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of this.box.querySelectorAll("button[data-tier]")) {
      other.setAttribute("aria-pressed", String(on && other === button));
      other.classList.toggle("is-dim", on && other !== button);
    }
    this.painter.onlyTier = on ? button.dataset.tier ?? null : null;
    this.list.only(this.painter.onlyTier);
    this.painter.refresh();
  }

  /** @param {string} id */
  #where(id) {
    const seat = this.house.byId.get(id);
    if (seat === undefined) return null;
    const rect = this.canvas.getBoundingClientRect(), [x, y] = this.camera.toCanvas(this.house.x[seat], this.house.y[seat]);
    return { x: x + rect.left, y: y + rect.top, own: this.choice.isOwn(seat), state: "AHSB"[this.house.state[seat]], pitch: this.house.pitch * this.camera.scale };
  }

  /** @param {string} id */
  #showSeat(id) {
    const seat = this.house.byId.get(id);
    if (seat !== undefined) this.camera.goToPoint(this.house.x[seat], this.house.y[seat], 28 / this.house.pitch, () => this.painter.ask());
  }
}
