// The camera: which part of the house the canvas shows. Scale is CSS pixels per map unit.
import { still } from "../base.js";

/** @typedef {import("./house.js").Box} Box */

const MARGIN = 20;

export class Camera {
  /** @param {Box} box all that can be seen @param {number} pitch distance of neighbours */
  constructor(box, pitch) {
    this.box = box;
    this.pitch = pitch;
    this.scale = 1; this.x = 0; this.y = 0;
    this.width = 1; this.height = 1;
    this.running = 0;
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    const first = this.width === 1, whole = this.atWhole();
    this.width = width; this.height = height;
    if (first || whole) this.#set(...this.#fit(this.box, MARGIN));
    else this.clamp();
  }

  get least() { return this.#fit(this.box, MARGIN)[0]; }
  get most() { return Math.max(this.least * 1.5, 44 / this.pitch); }
  atWhole() { return this.scale <= this.least * 1.02; }

  /** @param {Box} box @param {number} margin @returns {[number, number, number]} */
  #fit(box, margin) {
    const wide = Math.max(1, box.right - box.left), high = Math.max(1, box.bottom - box.top);
    const scale = Math.min((this.width - 2 * margin) / wide, (this.height - 2 * margin) / high, 44 / this.pitch);
    return [scale, this.width / 2 - ((box.left + box.right) / 2) * scale, this.height / 2 - ((box.top + box.bottom) / 2) * scale];
  }

  /** @param {number} scale @param {number} x @param {number} y */
  #set(scale, x, y) { this.scale = scale; this.x = x; this.y = y; this.clamp(); }

  /** Keeps the house in sight. */
  clamp() {
    this.scale = Math.min(Math.max(this.scale, this.least), this.most);
    const keep = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ size) => {
      const span = (high - low) * this.scale + 2 * MARGIN;
      if (span <= size) return (size - (high + low) * this.scale) / 2;
      return Math.min(MARGIN - low * this.scale, Math.max(size - MARGIN - high * this.scale, at));
    };
    this.x = keep(this.x, this.box.left, this.box.right, this.width);
    this.y = keep(this.y, this.box.top, this.box.bottom, this.height);
  }

  /** @param {number} dx @param {number} dy CSS pixels */
  pan(dx, dy) { this.stop(); this.x += dx; this.y += dy; this.clamp(); }

  /** Scales about a point of the canvas. @param {number} factor @param {number} px @param {number} py */
  zoom(factor, px, py) {
    this.stop();
    const scale = Math.min(Math.max(this.scale * factor, this.least), this.most);
    this.x = px - ((px - this.x) / this.scale) * scale;
    this.y = py - ((py - this.y) / this.scale) * scale;
    this.scale = scale;
    this.clamp();
  }

  /** @param {number} px @param {number} py @returns {[number, number]} */
  toMap(px, py) { return [(px - this.x) / this.scale, (py - this.y) / this.scale]; }
  /** @param {number} x @param {number} y @returns {[number, number]} */
  toCanvas(x, y) { return [x * this.scale + this.x, y * this.scale + this.y]; }
  /** @param {number} [around] CSS pixels more on each side @returns {Box} */
  seen(around = 0) {
    const [left, top] = this.toMap(-around, -around), [right, bottom] = this.toMap(this.width + around, this.height + around);
    return { left, top, right, bottom };
  }

  /** Goes to a box, or to a point at a scale. @param {Box} box @param {() => void} drawn @param {number} [margin] */
  goTo(box, drawn, margin = 36) { this.#glide(this.#fit(box, margin), drawn); }
  /** @param {number} x @param {number} y @param {number} scale @param {() => void} drawn */
  goToPoint(x, y, scale, drawn) {
    const to = Math.min(Math.max(scale, this.least), this.most);
    this.#glide([to, this.width / 2 - x * to, this.height / 2 - y * to], drawn);
  }
  /** @param {() => void} drawn */
  goHome(drawn) { this.#glide(this.#fit(this.box, MARGIN), drawn); }

  /** @param {[number, number, number]} to @param {() => void} drawn */
  #glide([scale, x, y], drawn) {
    this.stop();
    if (still) { this.#set(scale, x, y); return drawn(); }
    const from = [this.scale, this.x, this.y], start = performance.now(), time_ms = 260;
    const step = () => {
      const t = Math.min(1, (performance.now() - start) / time_ms), e = 1 - (1 - t) ** 3;
      // The scale moves geometrically and the middle of the view along a line, so that nothing swings.
      const s = from[0] * (scale / from[0]) ** e;
      const mix = scale === from[0] ? e : (s - from[0]) / (scale - from[0]);
      const cx = (this.width / 2 - from[1]) / from[0], cy = (this.height / 2 - from[2]) / from[0];
      const dx = (this.width / 2 - x) / scale, dy = (this.height / 2 - y) / scale;
      const weight = scale === from[0] ? e : (mix * scale) / s;
      this.scale = s;
      this.x = this.width / 2 - (cx + (dx - cx) * weight) * s;
      this.y = this.height / 2 - (cy + (dy - cy) * weight) * s;
      if (t < 1) this.running = requestAnimationFrame(step);
      else this.#set(scale, x, y);
      drawn();
    };
    this.running = requestAnimationFrame(step);
  }

  stop() { cancelAnimationFrame(this.running); this.running = 0; }
}
