// Painting in three levels: shaded sections from afar, a kept bitmap while moving, single seats from near.
import { FREE, HELD } from "./house.js";
import { colour, cored, look, tint, watchLook } from "./palette.js";
import { overlay } from "./overlay.js";
import { FONT, caption, namable, numberOf, room, shape, trace, words, write } from "./pen.js";
import { freeEnds } from "./pins.js";

/** @typedef {import("./house.js").House} House */
/** @typedef {import("./camera.js").Camera} Camera */

/** From this distance of neighbours on, in pixels, seats are drawn one by one. */
export const SEATS_FROM_PX = 8;
/** What the kept bitmap holds beyond the canvas on each side, in CSS pixels. */
const AROUND = 160;
/** So far from its middle, in CSS pixels, the words on an area stand. */
const LINE = 14;

export class Painter {
  /** @param {HTMLCanvasElement} canvas @param {House} house @param {Camera} camera */
  constructor(canvas, house, camera) {
    this.canvas = canvas;
    this.house = house;
    this.camera = camera;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.kept = document.createElement("canvas");
    this.keptContext = /** @type {CanvasRenderingContext2D} */ (this.kept.getContext("2d", { alpha: false }));
    this.keptAt = { scale: 0, x: 0, y: 0 };
    this.stale = true;
    this.moving = false;
    /** @type {Set<number>} */ this.chosen = new Set();
    /** What the buyer holds already. @type {Set<number>} */ this.own = new Set();
    this.hover = -1;
    /** @type {string | null} */ this.onlyTier = null;
    /** @type {(tier: string) => string} */ this.priceOf = () => "";
    this.asked = 0;
    watchLook(() => this.refresh());
  }

  /** Fits the canvas to its box on the page. */
  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.ratio = Math.min(devicePixelRatio || 1, 3);
    const width = Math.round(clientWidth * this.ratio), height = Math.round(clientHeight * this.ratio);
    if (!width || !height || (this.canvas.width === width && this.canvas.height === height)) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.kept.width = Math.round((clientWidth + 2 * AROUND) * this.ratio);
    this.kept.height = Math.round((clientHeight + 2 * AROUND) * this.ratio);
    this.camera.resize(clientWidth, clientHeight);
    // A resized canvas is empty: it is drawn within the same turn, so that nobody sees that.
    this.stale = true;
    this.#frame();
  }

  /** The seats changed: the kept bitmap is drawn again with the next frame. */
  refresh() { this.stale = true; this.ask(); }

  /** Asks for one frame, however often it is called. */
  ask() { this.asked ||= requestAnimationFrame(() => { this.asked = 0; this.#frame(); }); }

  /** While fingers or wheel move, the kept bitmap is only shifted and stretched. @param {boolean} moving */
  move(moving) { this.moving = moving; this.ask(); }

  get showsSeats() { return this.house.pitch * this.camera.scale >= SEATS_FROM_PX; }

  #frame() {
    const { camera, keptAt, ratio, context } = this;
    const off = [camera.x - keptAt.x * (camera.scale / keptAt.scale), camera.y - keptAt.y * (camera.scale / keptAt.scale)];
    const far = camera.scale !== keptAt.scale || Math.abs(off[0]) > AROUND || Math.abs(off[1]) > AROUND;
    const stretch = camera.scale / keptAt.scale;
    if (this.stale || (far && !(this.moving && stretch > 0.5 && stretch < 2 && this.#manySeats()))) this.#keep();
    const zoom = camera.scale / this.keptAt.scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = look().paper;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const left = camera.x - (this.keptAt.x + AROUND) * zoom, top = camera.y - (this.keptAt.y + AROUND) * zoom;
    context.drawImage(this.kept, left * ratio, top * ratio, this.kept.width * zoom, this.kept.height * zoom);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    overlay(this, context);
  }

  /** Below this the seats are drawn anew in every frame, which stays sharp. */
  #manySeats() { return this.drawn > 3000; }

  #keep() {
    const { camera, keptContext: context, ratio, house } = this;
    this.keptAt = { scale: camera.scale, x: camera.x, y: camera.y };
    this.stale = false;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = look().paper;
    context.fillRect(0, 0, this.kept.width, this.kept.height);
    context.setTransform(ratio, 0, 0, ratio, (AROUND + camera.x) * ratio, (AROUND + camera.y) * ratio);
    const s = camera.scale;
    if (house.stage) this.#stage(context, s);
    for (const area of house.areas) if (area.outline.length) this.#area(context, area, s);
    this.drawn = 0;
    if (this.showsSeats) {
      for (const section of house.sections) this.#band(context, section, s, this.#dim(section.tier) ? look().empty : tint(section.tier));
      this.#seats(context, s);
      this.#rowLetters(context, s);
    } else {
      const nameOf = this.#names(context, s);
      for (const section of house.sections) this.#shade(context, section, s, nameOf(section));
    }
    for (const floor of house.floors) this.#floor(context, floor, s);
  }

  /** @param {string} tier */
  #dim(tier) { return this.onlyTier !== null && this.onlyTier !== tier; }

  /** @param {CanvasRenderingContext2D} context @param {number} s */
  #stage(context, s) {
    const stage = /** @type {NonNullable<House["stage"]>} */ (this.house.stage);
    trace(context, stage.outline, s);
    context.fillStyle = context.strokeStyle = look().stage;
    context.lineJoin = "round";
    context.lineWidth = 6;
    context.fill();
    context.stroke();
    const { left, right } = stage.box, [x, y] = stage.centre, [, high] = room(stage.outline, stage.centre);
    const size = Math.min(18, (right - left) * s * 0.09, high * s * 0.5);
    if (size < 6) return;
    context.letterSpacing = `${size * 0.35}px`;
    write(context, stage.label.toUpperCase(), x * s, y * s, `600 ${size}px ${FONT}`, look().onStage);
    context.letterSpacing = "0px";
  }

  /** The name of a floor, above its left corner. @param {CanvasRenderingContext2D} context @param {import("./house.js").Floor} floor @param {number} s */
  #floor(context, { label, box }, s) {
    const size = Math.max(11, Math.min(16, this.house.pitch * s * 1.2));
    context.font = `600 ${size}px ${FONT}`;
    const half = context.measureText(label).width / 2, edge = this.house.pitch * s;
    write(context, label, box.left * s - edge * 0.8 + half, box.top * s - edge - size * 0.75, `600 ${size}px ${FONT}`, look().ink);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./house.js").Section} section @param {number} s @param {string} fill */
  #band(context, section, s, fill) {
    trace(context, section.outline, s);
    context.fillStyle = fill;
    context.fill();
  }

  /** How blocks are called: by their numbers alone, unless there is room for all of their names. @param {CanvasRenderingContext2D} context @param {number} s @returns {(section: import("./house.js").Section) => string} */
  #names(context, s) {
    const { sections } = this.house;
    const whole = sections.every(({ label, outline, centre }) => {
      const [wide, high] = room(outline, centre);
      return namable(context, label, wide * s, high * s);
    });
    return whole || !sections.every(({ label }) => numberOf(label)) ? ({ label }) => label : ({ label }) => numberOf(label);
  }

  /** From afar: a section in its colour, fuller the more is free; its name and what is left. @param {CanvasRenderingContext2D} context @param {import("./house.js").Section} section @param {number} s @param {string} name */
  #shade(context, section, s, name) {
    let free = 0;
    for (let seat = section.first; seat < section.first + section.count; seat++) if (this.house.state[seat] === FREE) free++;
    const quiet = free === 0 || this.#dim(section.tier);
    this.#band(context, section, s, quiet ? look().empty : tint(section.tier));
    if (!quiet) {
      // Never so full that the names on it could not be read.
      context.globalAlpha = 0.08 + 0.42 * Math.sqrt(free / section.count);
      trace(context, section.outline, s);
      context.fillStyle = colour(section.tier);
      context.fill();
      context.globalAlpha = 1;
    }
    const [wide, high] = room(section.outline, section.centre).map((size) => size * s);
    caption(context, section.centre, s, wide, high, name, free ? `${free} free` : "Sold out", quiet ? look().quiet : look().ink);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./house.js").Area} area @param {number} s */
  #area(context, area, s) {
    const quiet = area.available === 0 || this.#dim(area.tier);
    trace(context, area.outline, s);
    context.fillStyle = quiet ? look().empty : tint(area.tier);
    context.strokeStyle = quiet ? look().sold : colour(area.tier);
    context.lineJoin = "round";
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
    const price = this.priceOf(area.tier), left = area.available ? `${area.available.toLocaleString("en")} left` : "Sold out";
    const [cx, cy] = area.centre, high = room(area.outline, area.centre)[1] * s;
    // above and below its middle a slanted area may be narrower
    const wide = Math.min(...[-LINE, 0, LINE].map((off) => room(area.outline, [cx, cy + off / s])[0] * s));
    words(context, area.centre, s, wide, high, area.label, area.available && price ? `${price} · ${left}` : left, quiet ? look().quiet : look().ink);
  }

  /** The seats in sight, one path for each look. @param {CanvasRenderingContext2D} context @param {number} s */
  #seats(context, s) {
    const { house } = this;
    /** @type {Map<string, number[]>} */
    const kinds = new Map();
    house.within(this.camera.seen(AROUND), (seat) => {
      const state = house.state[seat];
      const kind = state === FREE || state === HELD ? `${state}${house.wheel[seat]}${String.fromCharCode(house.tier[seat])}` : "gone";
      const list = kinds.get(kind);
      if (list) list.push(seat);
      else kinds.set(kind, [seat]);
      this.drawn++;
    });
    const r = house.pitch * s * 0.4;
    this.#pairs(context, s, r);
    for (const [kind, seats] of kinds) {
      const tier = kind[2], gone = kind === "gone", dim = !gone && this.#dim(tier);
      context.globalAlpha = dim ? 0.18 : 1;
      context.beginPath();
      const size = gone ? r * 0.55 : Number(kind[0]) === HELD ? r * 0.82 : r;
      for (const seat of seats) shape(context, house.x[seat] * s, house.y[seat] * s, size, kind[1] === "1");
      if (gone) { context.fillStyle = look().sold; context.fill(); }
      else if (Number(kind[0]) === FREE) this.#free(context, tier, seats, r, s);
      else {
        context.strokeStyle = colour(tier);
        context.lineWidth = Math.max(1, r * 0.2);
        context.setLineDash([r * 0.5, r * 0.42]);
        context.fillStyle = look().paper;
        context.fill();
        context.stroke();
        context.setLineDash([]);
      }
    }
    context.globalAlpha = 1;
  }

  /** A bar between a wheelchair space and its companion's seat says that they belong together. @param {CanvasRenderingContext2D} context @param {number} s @param {number} r */
  #pairs(context, s, r) {
    const { house } = this;
    context.lineWidth = Math.max(2, r * 0.7);
    house.within(this.camera.seen(AROUND), (seat) => {
      const partner = house.partner[seat];
      if (partner < 0 || !house.wheel[seat] || house.state[seat] !== FREE || house.state[partner] !== FREE) return;
      context.beginPath();
      context.moveTo(house.x[seat] * s, house.y[seat] * s);
      context.lineTo(house.x[partner] * s, house.y[partner] * s);
      context.strokeStyle = colour(house.tierOf(seat));
      context.globalAlpha = this.#dim(house.tierOf(seat)) ? 0.18 : 1;
      context.stroke();
    });
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {string} tier @param {number[]} seats @param {number} r @param {number} s */
  #free(context, tier, seats, r, s) {
    context.fillStyle = colour(tier);
    context.fill();
    if (cored(tier)) {
      context.beginPath();
      for (const seat of seats) shape(context, this.house.x[seat] * s, this.house.y[seat] * s, r * 0.45, false);
      context.fillStyle = look().onColour;
      context.fill();
    } else if (r >= 11) {
      for (const seat of seats) write(context, this.house.number[seat], this.house.x[seat] * s, this.house.y[seat] * s + 0.5, `600 ${Math.min(13, r * 0.85)}px ${FONT}`, look().onColour);
    }
  }

  /** Small letters at both ends of each row. @param {CanvasRenderingContext2D} context @param {number} s */
  #rowLetters(context, s) {
    const { house } = this, seen = this.camera.seen(AROUND);
    const size = Math.min(12, house.pitch * s * 0.62);
    if (size < 6.5) return;
    for (const { text, x, y } of (this.letters ??= freeEnds(house))) {
      if (x < seen.left || x > seen.right || y < seen.top || y > seen.bottom) continue;
      write(context, text, x * s, y * s, `400 ${size}px ${FONT}`, look().quiet);
    }
  }

  /** @param {number} seat */
  canChoose(seat) { return this.house.state[seat] === FREE && !this.own.has(seat); }
}
