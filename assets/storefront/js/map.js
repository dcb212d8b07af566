// The map box: a drawing of our own of where the results are. Dragging and zooming ask for what stands in the view (`bbox`).
import { still } from "./base.js";
import { COUNTRIES, LAND, WATER } from "./world.js";

/**
 * A place on the map: lon, lat, how many results, its name.
 * @typedef {[number, number, number, string]} Point
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Spot
 */

const WORLD = { west: -170, east: 190, south: -50, north: 72 };
const SETTLED_MS = 260;
/** Places nearer than so many pixels are one dot. */
const CROWDED = 18;
const HIGHEST = 82;
const DAY = { sea: "#EEF2F8", land: "#FFFFFF", coast: "#CDD4DF", grid: "#DFE5EE", dot: "#2222E6", ink: "#1B2230", halo: "rgb(255 255 255 / .9)", ring: "#FFFFFF" };
const NIGHT = { sea: "#141A24", land: "#232B38", coast: "#3B4658", grid: "#1E2632", dot: "#8A8EFF", ink: "#ECEFF5", halo: "rgb(17 21 29 / .9)", ring: "#11151D" };
const night = matchMedia("(prefers-color-scheme: dark)");
let palette = night.matches ? NIGHT : DAY;

/** Degrees of latitude as they stand on the page. Source: the Mercator projection. */
const up = (/** @type {number} */ lat) => (Math.log(Math.tan(Math.PI / 4 + (Math.max(-HIGHEST, Math.min(HIGHEST, lat)) * Math.PI) / 360)) * 180) / Math.PI;
const down = (/** @type {number} */ y) => (Math.atan(Math.exp((y * Math.PI) / 180)) * 360) / Math.PI - 90;
const wrap = (/** @type {number} */ lon) => ((((lon + 180) % 360) + 360) % 360) - 180;

/** Whether nothing stands there yet. @param {Spot} spot @param {Spot[]} taken */
const isFree = (spot, taken) => !taken.some((other) => spot.left < other.right && other.left < spot.right && spot.top < other.bottom && other.top < spot.bottom);

export class ResultMap {
  /**
   * @param {HTMLElement} box the section with the canvas
   * @param {(bbox: string) => void} moved takes `west,south,east,north`, or nothing for the whole world
   */
  constructor(box, moved) {
    this.box = box;
    this.moved = moved;
    this.canvas = /** @type {HTMLCanvasElement} */ (box.querySelector("canvas"));
    this.tip = /** @type {HTMLElement} */ (box.querySelector("[data-tip]"));
    this.view = { x: 0, y: 0, scale: 1 };
    /** @type {Point[]} */
    this.points = [];
    /** @type {Map<number, { x: number, y: number }>} */
    this.fingers = new Map();
    this.timer = 0;
    // Where a place stands in the window: journeys press it.
    Object.assign(box, { where: (/** @type {number} */ lon, /** @type {number} */ lat) => {
      const { left, top } = this.canvas.getBoundingClientRect(), at = this.at(lon, lat);
      return { x: left + at.x, y: top + at.y };
    } });
    this.listen();
    this.dusk = () => { palette = night.matches ? NIGHT : DAY; this.draw(); };
    night.addEventListener("change", this.dusk);
    this.size();
    this.take(box);
    this.observer = new ResizeObserver(() => { this.size(); this.draw(); });
    this.observer.observe(this.canvas);
  }

  /** Nobody looks any more: nothing is watched, nothing asked. */
  end() {
    clearTimeout(this.timer);
    this.observer.disconnect();
    night.removeEventListener("change", this.dusk);
  }

  /** Takes over the points of a fresh answer. @param {HTMLElement} fresh */
  take(fresh) {
    this.points = JSON.parse(fresh.dataset.points ?? "[]");
    const list = this.box.querySelector("ul"), other = fresh.querySelector("ul");
    if (list && other && list !== other) list.replaceWith(other);
    const close = this.box.querySelector(".mapbox__close"), next = fresh.querySelector(".mapbox__close");
    if (close && next) close.setAttribute("href", next.getAttribute("href") ?? "/search");
    // The view that was asked for, unless it is this one already; without one, where the results are.
    const asked = fresh.dataset.bbox ?? "", bbox = this.bboxOf(asked);
    if (bbox && asked !== this.asked) this.show(bbox);
    else if (!bbox) this.show(this.around());
    this.asked = asked;
    this.draw();
  }

  /** The box around all results, with room at its sides; the whole world when they are nearly everywhere. */
  around() {
    const lons = this.points.map((point) => point[0]).sort((a, b) => a - b), lats = this.points.map((point) => up(point[1]));
    if (!lons.length) return WORLD;
    // The world is round: the view begins behind the widest gap.
    const gaps = lons.map((lon, n) => (n + 1 < lons.length ? lons[n + 1] - lon : lons[0] + 360 - lon));
    const widest = gaps.indexOf(Math.max(...gaps)), west = lons[(widest + 1) % lons.length], east = west + 360 - gaps[widest];
    const low = Math.min(...lats), high = Math.max(...lats);
    if (east - west > 240) return WORLD;
    const room = { x: Math.max((east - west) * 0.15, 4), y: Math.max((high - low) * 0.2, 3) };
    return { west: west - room.x, east: east + room.x, south: down(low - room.y), north: down(high + room.y) };
  }

  /** @param {string} text */
  bboxOf(text) {
    const [west, south, east, north] = text.split(",").map(Number);
    if (text === "" || ![west, south, east, north].every(Number.isFinite)) return null;
    return { west, south, east: east < west ? east + 360 : east, north };
  }

  size() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.ratio = ratio;
  }

  /** Fits a box into the view. @param {{ west: number, south: number, east: number, north: number }} bbox */
  show({ west, south, east, north }) {
    const [low, high] = [up(south), up(north)];
    const scale = Math.min((this.width || 1) / Math.max(east - west, 1e-3), (this.height || 1) / Math.max(high - low, 1e-3));
    this.view = { x: (west + east) / 2, y: (low + high) / 2, scale: this.bound(scale) };
    this.draw();
  }

  /** @param {number} scale pixels per degree */
  bound(scale) {
    return Math.max(Math.min((this.width || 1) / 360, (this.height || 1) / 150) * 0.9, Math.min(scale, 6000));
  }

  /** @param {number} lon @param {number} lat */
  at(lon, lat) {
    const east = this.view.x + ((((lon - this.view.x + 180) % 360) + 360) % 360) - 180;
    return { x: (this.width || 0) / 2 + (east - this.view.x) * this.view.scale, y: (this.height || 0) / 2 - (up(lat) - this.view.y) * this.view.scale };
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    if (!pen || !this.width || !this.height) return;
    pen.setTransform(this.ratio ?? 1, 0, 0, this.ratio ?? 1, 0, 0);
    pen.fillStyle = palette.sea;
    pen.fillRect(0, 0, this.width, this.height);
    this.grid(pen);
    pen.lineJoin = "round";
    this.land(pen);
    this.dots(pen);
    // For tests and for who looks from outside: what the map shows now.
    this.box.dataset.shown = this.bbox();
  }

  /** The coast is coarse: it fades out before one comes so near that it would mislead. @param {CanvasRenderingContext2D} pen */
  land(pen) {
    const far = Math.max(0, Math.min(1, (48 - this.view.scale) / 24));
    if (far === 1) {
      this.shapes(pen, LAND, palette.land, palette.coast);
      return this.shapes(pen, WATER, palette.sea, palette.coast);
    }
    pen.globalAlpha = 1 - far;
    pen.fillStyle = palette.land;
    pen.fillRect(0, 0, this.width ?? 0, this.height ?? 0);
    pen.globalAlpha = far;
    if (far > 0) this.shapes(pen, LAND, palette.land, palette.coast);
    pen.globalAlpha = 1;
    this.grid(pen);
  }

  /** Lines of longitude and latitude, finer as one comes nearer. @param {CanvasRenderingContext2D} pen */
  grid(pen) {
    const span = (this.width ?? 1) / this.view.scale;
    const step = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].find((step) => span / step > 4) ?? 0.01;
    const { west, east, south, north } = this.edges();
    pen.strokeStyle = palette.grid;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let lon = Math.ceil(west / step) * step; lon <= east; lon += step) {
      const x = (this.width ?? 0) / 2 + (lon - this.view.x) * this.view.scale;
      pen.moveTo(x, 0);
      pen.lineTo(x, this.height ?? 0);
    }
    for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
      const { y } = this.at(this.view.x, lat);
      pen.moveTo(0, y);
      pen.lineTo(this.width ?? 0, y);
    }
    pen.stroke();
  }

  /** @param {CanvasRenderingContext2D} pen @param {number[][]} shapes @param {string} fill @param {string} line */
  shapes(pen, shapes, fill, line) {
    pen.fillStyle = fill;
    pen.strokeStyle = line;
    pen.lineWidth = 1;
    const { x, y, scale } = this.view;
    const first = Math.floor((x - (this.width ?? 0) / 2 / scale + 180) / 360), last = Math.floor((x + (this.width ?? 0) / 2 / scale + 180) / 360);
    pen.beginPath();
    for (let turn = first; turn <= last; turn += 1) {
      for (const shape of shapes) {
        for (let n = 0; n < shape.length; n += 2) {
          const px = (this.width ?? 0) / 2 + (shape[n] + turn * 360 - x) * scale, py = (this.height ?? 0) / 2 - (up(shape[n + 1]) - y) * scale;
          if (n === 0) pen.moveTo(px, py);
          else pen.lineTo(px, py);
        }
        pen.closePath();
      }
    }
    pen.fill();
    pen.stroke();
  }

  /** Places that stand too close to tell apart are one dot, where the largest of them is. */
  crowds() {
    const most = Math.max(1, ...this.points.map((point) => point[2]));
    const size = (/** @type {number} */ count) => 4 + 14 * Math.sqrt(Math.min(1, count / most));
    /** @type {{ point: Point, x: number, y: number, r: number, places: number }[]} */
    const crowds = [];
    const inside = this.points
      .map((point) => ({ point, ...this.at(point[0], point[1]) }))
      .filter(({ x, y }) => x > -30 && y > -30 && x < (this.width ?? 0) + 30 && y < (this.height ?? 0) + 30)
      .sort((a, b) => b.point[2] - a.point[2]);
    for (const { point, x, y } of inside) {
      const near = crowds.find((crowd) => Math.hypot(crowd.x - x, crowd.y - y) < CROWDED);
      if (!near) crowds.push({ point, x, y, r: size(point[2]), places: 1 });
      else {
        const [lon, lat, count, name] = near.point;
        near.point = [lon, lat, count + point[2], name];
        near.places += 1;
        near.r = Math.max(9, size(near.point[2]));
      }
    }
    return crowds.sort((a, b) => a.r - b.r);
  }

  /** Names of countries where nothing else stands, as long as they are far away. @param {CanvasRenderingContext2D} pen @param {Spot[]} taken */
  countries(pen, taken) {
    if (this.view.scale > 40) return;
    pen.font = "500 11px Inter, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = palette.ink;
    pen.globalAlpha = 0.42;
    for (const [lon, lat, from, name] of COUNTRIES) {
      if (this.view.scale < from) continue;
      const { x, y } = this.at(lon, lat), half = pen.measureText(name).width / 2;
      if (isFree({ left: x - half, top: y - 7, right: x + half, bottom: y + 7 }, taken)) pen.fillText(name, x, y);
    }
    pen.globalAlpha = 1;
    pen.textAlign = "start";
  }

  /** The results, the most last, with the names that fit. @param {CanvasRenderingContext2D} pen */
  dots(pen) {
    this.drawn = this.crowds();
    for (const { x, y, r, places } of this.drawn) {
      pen.beginPath();
      pen.arc(x, y, r, 0, Math.PI * 2);
      pen.fillStyle = palette.dot;
      pen.globalAlpha = 0.78;
      pen.fill();
      pen.globalAlpha = 1;
      pen.lineWidth = 1.5;
      pen.strokeStyle = palette.ring;
      pen.stroke();
      if (places === 1) continue;
      pen.font = "600 10px Inter, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillStyle = palette.ring;
      pen.fillText(String(places), x, y);
      pen.textAlign = "start";
    }
    this.countries(pen, this.names(pen));
  }

  /** Names of places, where they fit. @param {CanvasRenderingContext2D} pen @returns {Spot[]} what is taken then */
  names(pen) {
    /** @type {Spot[]} */
    const taken = (this.drawn ?? []).map(({ x, y, r }) => ({ left: x - r, top: y - r, right: x + r, bottom: y + r }));
    pen.font = "600 12px Inter, sans-serif";
    pen.textBaseline = "middle";
    for (const { x, y, r, point } of [...(this.drawn ?? [])].reverse()) {
      const width = pen.measureText(point[3]).width;
      const spot = { left: x + r + 4, top: y - 8, right: x + r + 4 + width, bottom: y + 8 };
      if (spot.right >= (this.width ?? 0) || !isFree(spot, taken)) continue;
      taken.push(spot);
      pen.lineWidth = 3;
      pen.strokeStyle = palette.halo;
      pen.strokeText(point[3], spot.left, y);
      pen.fillStyle = palette.ink;
      pen.fillText(point[3], spot.left, y);
    }
    return taken;
  }

  edges() {
    const { x, y, scale } = this.view, half = { x: (this.width ?? 1) / 2 / scale, y: (this.height ?? 1) / 2 / scale };
    return { west: x - half.x, east: x + half.x, south: down(y - half.y), north: down(y + half.y) };
  }

  /** What the view shows, as the filter takes it; nothing when it shows the whole way around. */
  bbox() {
    const { west, south, east, north } = this.edges();
    if (east - west >= 340) return "";
    const digits = Math.max(2, Math.min(5, Math.round(Math.log10(this.view.scale) + 1.5)));
    return [wrap(west), Math.max(-90, south), wrap(east), Math.min(90, north)].map((side) => Number(side.toFixed(digits))).join(",");
  }

  /** @param {number} dx @param {number} dy in pixels */
  pan(dx, dy) {
    this.view.x = wrap(this.view.x - dx / this.view.scale);
    this.view.y = Math.max(-150, Math.min(150, this.view.y + dy / this.view.scale));
    this.changed();
  }

  /** Zooms around a point of the canvas. @param {number} factor */
  zoom(factor, px = (this.width ?? 0) / 2, py = (this.height ?? 0) / 2) {
    const scale = this.bound(this.view.scale * factor), dx = px - (this.width ?? 0) / 2, dy = py - (this.height ?? 0) / 2;
    this.view.x = wrap(this.view.x + dx / this.view.scale - dx / scale);
    this.view.y -= dy / this.view.scale - dy / scale;
    this.view.scale = scale;
    this.changed();
  }

  /** All results again, wherever they are. */
  whole() {
    clearTimeout(this.timer);
    this.asked = "";
    this.moved("");
  }

  changed() {
    this.draw();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const bbox = this.bbox();
      if (bbox === this.asked) return;
      this.asked = bbox;
      this.moved(bbox);
    }, SETTLED_MS);
  }

  /** The dot under a point. @param {number} px @param {number} py */
  under(px, py) {
    return [...(this.drawn ?? [])].reverse().find(({ x, y, r }) => Math.hypot(px - x, py - y) <= r + 4);
  }

  /** @param {{ x: number, y: number, point: Point, r: number, places: number } | undefined} dot */
  say(dot) {
    this.canvas.classList.toggle("is-over", Boolean(dot));
    this.tip.hidden = !dot;
    if (!dot) return;
    const more = dot.places > 1 ? ` and ${dot.places - 1} more` : "";
    this.tip.textContent = `${dot.point[3]}${more}: ${dot.point[2].toLocaleString("en")} ${dot.point[2] === 1 ? "event" : "events"}`;
    this.tip.style.setProperty("left", `${Math.min(Math.max(dot.x, 80), (this.width ?? 0) - 80)}px`);
    this.tip.style.setProperty("top", `${dot.y - dot.r - 8}px`);
  }

  listen() {
    const canvas = this.canvas;
    const where = (/** @type {PointerEvent | WheelEvent} */ event) => ({ x: event.offsetX, y: event.offsetY });
    let travelled = 0;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, where(event));
      travelled = 0;
      this.say(undefined);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = this.fingers.get(event.pointerId), now = where(event);
      if (!before) return this.say(this.under(now.x, now.y));
      this.fingers.set(event.pointerId, now);
      travelled += Math.hypot(now.x - before.x, now.y - before.y);
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) return this.zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)), (now.x + other.x) / 2, (now.y + other.y) / 2);
      if (travelled > 3) this.pan(now.x - before.x, now.y - before.y);
    });
    const lift = (/** @type {PointerEvent} */ event) => {
      const known = this.fingers.delete(event.pointerId);
      if (known && event.type === "pointerup" && travelled <= 3) this.press(where(event));
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("pointerleave", () => this.say(undefined));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      const { x, y } = where(event);
      this.zoom(Math.exp(-event.deltaY / 300), x, y);
    }, { passive: false });
    canvas.addEventListener("dblclick", (event) => this.zoom(2, event.offsetX, event.offsetY));
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-zoom]") : null;
      if (!(button instanceof HTMLElement)) return;
      if (button.dataset.zoom === "all") return this.whole();
      this.zoom(button.dataset.zoom === "in" ? 2 : 0.5);
    });
  }

  /** A press on a place comes nearer to it. @param {{ x: number, y: number }} at */
  press(at) {
    this.canvas.focus({ preventScroll: true });
    const dot = this.under(at.x, at.y);
    if (!dot) return;
    this.say(dot);
    this.view.x = dot.point[0];
    this.view.y = up(dot.point[1]);
    this.view.scale = this.bound(Math.max(this.view.scale * 4, 30));
    this.say(undefined);
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = Math.min(this.width ?? 0, this.height ?? 0) / (still ? 2 : 4);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.pan(step, 0),
      ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step),
      ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      0: () => this.whole(),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}
