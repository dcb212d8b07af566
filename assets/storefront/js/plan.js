// The plan of a place without seats: its areas, to be tapped; each leads to its form.
import { one } from "./base.js";
import { showLeft } from "./left.js";
import { Camera } from "./seatmap/camera.js";
import { listen } from "./seatmap/gestures.js";
import { Live } from "./seatmap/live.js";
import { Painter } from "./seatmap/paint.js";

/** @typedef {import("./seatmap/house.js").House} House */

/** A finger hits an area that is so near. */
const NEAR_PX = 14;

/** Writes what is left into the forms. @param {House} house */
export function showAreas(house) {
  for (const area of house.areas) {
    const form = document.querySelector(`[data-area="${CSS.escape(area.id)}"]`);
    if (!form) continue;
    one("[data-area-free]", form).textContent = area.available.toLocaleString("en");
    /** @type {HTMLButtonElement} */ (one("button[type=submit]", form)).disabled = area.available === 0;
  }
}

/** Leads to the form of an area. @param {string} id */
export function toArea(id) {
  const form = document.querySelector(`[data-area="${CSS.escape(id)}"]`);
  if (!(form instanceof HTMLElement)) return;
  for (const other of document.querySelectorAll(".area.is-meant")) other.classList.remove("is-meant");
  form.classList.add("is-meant");
  form.scrollIntoView({ block: "center", behavior: "smooth" });
  form.querySelector("select")?.focus({ preventScroll: true });
}

/** @param {HTMLElement} mark @param {boolean} live */
export function showLive(mark, live) {
  mark.classList.toggle("is-late", !live);
  one("[data-live-said]", mark).textContent = live ? "Live" : "Connecting…";
}

/** Lets buttons lead to their floors. @param {HTMLElement} box @param {House} house @param {Camera} camera @param {() => void} drawn */
export function toFloors(box, house, camera, drawn) {
  for (const button of box.querySelectorAll("[data-floor]")) {
    const floor = house.floors[Number(/** @type {HTMLElement} */ (button).dataset.floor)];
    button.addEventListener("click", () => { if (floor) camera.goTo(floor.box, drawn); });
  }
}

export class Plan {
  /** @param {HTMLElement} box @param {House} house */
  constructor(box, house) {
    this.box = box;
    this.house = house;
    this.canvas = /** @type {HTMLCanvasElement | null} */ (box.querySelector("canvas"));
    this.camera = new Camera(house.box, house.pitch);
    this.painter = this.canvas ? new Painter(this.canvas, house, this.camera) : null;
    /** @type {Map<string, string>} */ this.prices = new Map();
  }

  async start() {
    const { painter, canvas, camera } = this, drawn = () => painter?.ask();
    const show = () => { showAreas(this.house); showLeft(this.house); painter?.refresh(); };
    const status = (/** @type {boolean} */ live) => { const mark = this.box.querySelector("[data-live]"); if (mark instanceof HTMLElement) showLive(mark, live); };
    await new Live(this.box.dataset.event ?? "", this.house, { snapshot: show, changed: show, free: () => {}, status }).start();
    if (!painter || !canvas) return;
    painter.priceOf = (tier) => this.#priceOf(tier);
    painter.resize();
    new ResizeObserver(() => painter.resize()).observe(canvas);
    document.fonts?.ready.then(() => painter.refresh());
    listen(canvas, camera, { moved: (moving) => painter.move(moving), tap: (x, y) => this.#tap(x, y), point: (x, y) => canvas.classList.toggle("is-seat", this.#under(x, y) !== null), leave: () => {} });
    for (const button of this.box.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => {
        const way = /** @type {HTMLElement} */ (button).dataset.zoom, [x, y] = camera.toMap(camera.width / 2, camera.height / 2);
        if (way === "all") camera.goHome(drawn);
        else camera.goToPoint(x, y, camera.scale * (way === "in" ? 1.8 : 1 / 1.8), drawn);
      });
    }
    toFloors(this.box, this.house, camera, drawn);
    // For tests: where an area stands on the page.
    Object.assign(this.box, { whereArea: (/** @type {string} */ id) => {
      const area = this.house.areas.find((known) => known.id === id), rect = canvas.getBoundingClientRect();
      if (!area) return null;
      const [x, y] = camera.toCanvas(...area.centre);
      return { x: x + rect.left, y: y + rect.top };
    } });
  }

  /** @param {string} tier */
  #priceOf(tier) {
    const area = this.house.areas.find((area) => area.tier === tier);
    return area ? document.querySelector(`[data-area="${CSS.escape(area.id)}"] .area__head b`)?.textContent ?? "" : "";
  }

  /** The area under a point, or a little beside it. @param {number} x @param {number} y */
  #under(x, y) {
    const at = (/** @type {number} */ dx, /** @type {number} */ dy) => this.house.areaAt(...this.camera.toMap(x + dx, y + dy));
    return at(0, 0) ?? at(NEAR_PX, 0) ?? at(-NEAR_PX, 0) ?? at(0, NEAR_PX) ?? at(0, -NEAR_PX);
  }

  /** @param {number} x @param {number} y */
  #tap(x, y) {
    const area = this.#under(x, y);
    if (area) toArea(area.id);
  }
}
