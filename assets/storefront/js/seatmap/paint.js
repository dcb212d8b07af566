// Painting in three levels: shaded sections from afar, a kept bitmap while moving, single seats from near.
import { BLOCKED, FREE, HELD } from "./house.js";
import { EMPTY_TINT, INK, QUIET, SOLD_FILL, colour, cored, tint } from "./palette.js";

/** @typedef {import("./house.js").House} House */
/** @typedef {import("./camera.js").Camera} Camera */

/** From this distance of neighbours on, in pixels, seats are drawn one by one. */
export const SEATS_FROM_PX = 8;
/** What the kept bitmap holds beyond the canvas on each side, in CSS pixels. */
const AROUND = 160;
const FONT = "Inter, system-ui, sans-serif";

export class Painter {
  /** @param {HTMLCanvasElement} canvas @param {House} house @param {Camera} camera */
  constructor(canvas, house, camera) {
    this.canvas = canvas;
    this.house = house;
    this.camera = camera;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.kept = document.createElement("canvas");
    this.keptContext = /** @type {CanvasRenderingContext2D} */ (this.kept.getContext("2d", { alpha: false }));
    this.keptAt = { scale: 0, x: 0, y: 0 };
    this.stale = true;
    this.moving = false;
    /** @type {Set<number>} */ this.chosen = new Set();
    this.hover = -1;
    /** @type {string | null} */ this.onlyTier = null;
    /** @type {(tier: string) => string} */ this.priceOf = () => "";
    this.asked = 0;
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
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const left = camera.x - (this.keptAt.x + AROUND) * zoom, top = camera.y - (this.keptAt.y + AROUND) * zoom;
    context.drawImage(this.kept, left * ratio, top * ratio, this.kept.width * zoom, this.kept.height * zoom);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#overlay(context);
  }

  /** Below this the seats are drawn anew in every frame, which stays sharp. */
  #manySeats() { return this.drawn > 3000; }

  #keep() {
    const { camera, keptContext: context, ratio, house } = this;
    this.keptAt = { scale: camera.scale, x: camera.x, y: camera.y };
    this.stale = false;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.kept.width, this.kept.height);
    context.setTransform(ratio, 0, 0, ratio, (AROUND + camera.x) * ratio, (AROUND + camera.y) * ratio);
    const s = camera.scale;
    if (house.stage) this.#stage(context, s);
    for (const area of house.areas) if (area.outline.length) this.#area(context, area, s);
    this.drawn = 0;
    if (this.showsSeats) {
      for (const section of house.sections) this.#band(context, section, s, this.#dim(section.tier) ? EMPTY_TINT : tint(section.tier));
      this.#seats(context, s);
      this.#rowLetters(context, s);
    } else {
      for (const section of house.sections) this.#shade(context, section, s);
    }
  }

  /** @param {string} tier */
  #dim(tier) { return this.onlyTier !== null && this.onlyTier !== tier; }

  /** @param {CanvasRenderingContext2D} context @param {number[]} outline @param {number} s */
  #trace(context, outline, s) {
    context.beginPath();
    for (let n = 0; n < outline.length; n += 2) context.lineTo(outline[n] * s, outline[n + 1] * s);
    context.closePath();
  }

  /** @param {CanvasRenderingContext2D} context @param {number} s */
  #stage(context, s) {
    const stage = /** @type {{ label: string, outline: number[] }} */ (this.house.stage);
    this.#trace(context, stage.outline, s);
    context.fillStyle = context.strokeStyle = INK;
    context.lineJoin = "round";
    context.lineWidth = 6;
    context.fill();
    context.stroke();
    let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
    for (let n = 0; n < stage.outline.length; n += 2) {
      left = Math.min(left, stage.outline[n]); right = Math.max(right, stage.outline[n]);
      top = Math.min(top, stage.outline[n + 1]); bottom = Math.max(bottom, stage.outline[n + 1]);
    }
    const size = Math.min(18, (right - left) * s * 0.09, (bottom - top) * s * 0.5);
    if (size < 6) return;
    context.letterSpacing = `${size * 0.35}px`;
    this.#text(context, stage.label.toUpperCase(), ((left + right) / 2) * s, ((top + bottom) / 2) * s, `600 ${size}px ${FONT}`, "#fff");
    context.letterSpacing = "0px";
  }

  /** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {string} font @param {string} fill */
  #text(context, text, x, y, font, fill) {
    context.font = font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = fill;
    context.fillText(text, x, y);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./house.js").Section} section @param {number} s @param {string} fill */
  #band(context, section, s, fill) {
    this.#trace(context, section.outline, s);
    context.fillStyle = fill;
    context.fill();
  }

  /** From afar: a section in its colour, fuller the more is free; its name and what is left. @param {CanvasRenderingContext2D} context @param {import("./house.js").Section} section @param {number} s */
  #shade(context, section, s) {
    let free = 0;
    for (let seat = section.first; seat < section.first + section.count; seat++) if (this.house.state[seat] === FREE) free++;
    const quiet = free === 0 || this.#dim(section.tier);
    this.#band(context, section, s, quiet ? "#E9ECF1" : tint(section.tier));
    if (!quiet) {
      context.globalAlpha = 0.12 + 0.6 * Math.sqrt(free / section.count);
      this.#trace(context, section.outline, s);
      context.fillStyle = colour(section.tier);
      context.fill();
      context.globalAlpha = 1;
    }
    const [wide, high] = room(section.outline, section.centre).map((size) => size * s);
    const strong = !quiet && free / section.count > 0.3;
    this.#caption(context, section.centre, s, wide, high, section.label, free ? `${free} free` : "Sold out", strong ? "#fff" : quiet ? QUIET : INK);
  }

  /** @param {CanvasRenderingContext2D} context @param {[number, number]} centre @param {number} s @param {number} wide @param {number} high @param {string} title @param {string} line @param {string} fill */
  #caption(context, [cx, cy], s, wide, high, title, line, fill) {
    context.font = `600 13px ${FONT}`;
    const need = context.measureText(title).width;
    if (need + 10 > wide || high < 18) {
      // A block's number says enough; half a word says nothing.
      const short = title.replace(/^\D+/, "");
      context.font = `600 11px ${FONT}`;
      if (short && context.measureText(short).width + 6 <= wide && high >= 14) this.#text(context, short, cx * s, cy * s, `600 11px ${FONT}`, fill);
      return;
    }
    const two = high >= 40;
    this.#text(context, title, cx * s, cy * s - (two ? 8 : 0), `600 13px ${FONT}`, fill);
    if (two) this.#text(context, line, cx * s, cy * s + 9, `400 12px ${FONT}`, fill);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./house.js").Area} area @param {number} s */
  #area(context, area, s) {
    const quiet = area.available === 0 || this.#dim(area.tier);
    this.#trace(context, area.outline, s);
    context.fillStyle = quiet ? EMPTY_TINT : tint(area.tier);
    context.strokeStyle = quiet ? SOLD_FILL : colour(area.tier);
    context.lineJoin = "round";
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
    const left = area.available ? `${area.available} left · ${this.priceOf(area.tier)}` : "Sold out";
    const [wide, high] = room(area.outline, area.centre).map((size) => size * s);
    this.#caption(context, area.centre, s, wide, high, area.label, left, quiet ? QUIET : colour(area.tier));
  }

  /** The seats in sight, one path for each look. @param {CanvasRenderingContext2D} context @param {number} s */
  #seats(context, s) {
    const { house } = this;
    /** @type {Map<string, number[]>} */
    const looks = new Map();
    house.within(this.camera.seen(AROUND), (seat) => {
      const state = house.state[seat];
      const look = state === FREE || state === HELD ? `${state}${house.wheel[seat]}${String.fromCharCode(house.tier[seat])}` : "gone";
      const list = looks.get(look);
      if (list) list.push(seat);
      else looks.set(look, [seat]);
      this.drawn++;
    });
    const r = house.pitch * s * 0.4;
    for (const [look, seats] of looks) {
      const tier = look[2], gone = look === "gone", dim = !gone && this.#dim(tier);
      context.globalAlpha = dim ? 0.18 : 1;
      context.beginPath();
      const size = gone ? r * 0.55 : Number(look[0]) === HELD ? r * 0.82 : r;
      for (const seat of seats) this.#shape(context, house.x[seat] * s, house.y[seat] * s, size, look[1] === "1");
      if (gone) { context.fillStyle = SOLD_FILL; context.fill(); }
      else if (Number(look[0]) === FREE) this.#free(context, tier, seats, r, s);
      else {
        context.strokeStyle = colour(tier);
        context.lineWidth = Math.max(1, r * 0.2);
        context.setLineDash([r * 0.5, r * 0.42]);
        context.fillStyle = "#fff";
        context.fill();
        context.stroke();
        context.setLineDash([]);
      }
    }
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {string} tier @param {number[]} seats @param {number} r @param {number} s */
  #free(context, tier, seats, r, s) {
    context.fillStyle = colour(tier);
    context.fill();
    if (cored(tier)) {
      context.beginPath();
      for (const seat of seats) this.#shape(context, this.house.x[seat] * s, this.house.y[seat] * s, r * 0.45, false);
      context.fillStyle = "#fff";
      context.fill();
    } else if (r >= 11) {
      for (const seat of seats) this.#text(context, this.house.number[seat], this.house.x[seat] * s, this.house.y[seat] * s + 0.5, `600 ${Math.min(13, r * 0.85)}px ${FONT}`, "#fff");
    }
  }

  /** A disc, or a rounded square for a wheelchair space. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} r @param {boolean} wheel */
  #shape(context, x, y, r, wheel) {
    if (wheel) context.roundRect(x - r, y - r, 2 * r, 2 * r, r * 0.45);
    else { context.moveTo(x + r, y); context.arc(x, y, r, 0, 7); }
  }

  /** Small letters at both ends of each row. @param {CanvasRenderingContext2D} context @param {number} s */
  #rowLetters(context, s) {
    const { house } = this, seen = this.camera.seen(AROUND);
    const size = Math.min(12, house.pitch * s * 0.62);
    if (size < 6.5) return;
    for (const { text, x, y } of (this.letters ??= this.#freeEnds())) {
      if (x < seen.left || x > seen.right || y < seen.top || y > seen.bottom) continue;
      this.#text(context, text, x * s, y * s, `400 ${size}px ${FONT}`, QUIET);
    }
  }

  /** Where letters go: beyond the ends of rows, unless the row goes on behind an aisle. */
  #freeEnds() {
    const { house } = this, letters = [];
    for (const row of house.rows) {
      for (const [at, next] of [[row.first, row.first + 1], [row.first + row.count - 1, row.first + row.count - 2]]) {
        if (row.count < 2) continue;
        const dx = house.x[at] - house.x[next], dy = house.y[at] - house.y[next], unit = house.pitch / (Math.hypot(dx, dy) || 1);
        if (house.seatAt(house.x[at] + dx * unit * 2.4, house.y[at] + dy * unit * 2.4, house.pitch * 1.3) >= 0) continue;
        letters.push({ text: row.label, x: house.x[at] + dx * unit * 0.95, y: house.y[at] + dy * unit * 0.95 });
      }
    }
    return letters;
  }

  /** What is mine and what is pointed at, over everything. @param {CanvasRenderingContext2D} context */
  #overlay(context) {
    const { house, camera } = this;
    const r = Math.max(house.pitch * camera.scale * 0.46, this.showsSeats ? 0 : 4);
    if (this.hover >= 0 && this.showsSeats && !this.chosen.has(this.hover)) {
      const [x, y] = camera.toCanvas(house.x[this.hover], house.y[this.hover]);
      context.beginPath();
      this.#shape(context, x, y, r + 2, house.wheel[this.hover] === 1);
      context.strokeStyle = INK;
      context.lineWidth = 2;
      context.stroke();
    }
    for (const seat of this.chosen) {
      const [x, y] = camera.toCanvas(house.x[seat], house.y[seat]);
      context.beginPath();
      this.#shape(context, x, y, r + 1, house.wheel[seat] === 1);
      context.fillStyle = INK;
      context.fill();
      context.beginPath();
      context.moveTo(x - r * 0.42, y + r * 0.02);
      context.lineTo(x - r * 0.1, y + r * 0.34);
      context.lineTo(x + r * 0.46, y - r * 0.34);
      context.strokeStyle = "#fff";
      context.lineWidth = Math.max(1.2, r * 0.2);
      context.lineCap = context.lineJoin = "round";
      context.stroke();
    }
  }

  /** @param {number} seat */
  canChoose(seat) { return this.house.state[seat] === FREE && this.house.state[seat] !== BLOCKED; }
}

/** How wide and how high a shape is through its middle. @param {number[]} outline @param {[number, number]} centre @returns {[number, number]} */
function room(outline, [cx, cy]) {
  const reach = [Infinity, Infinity, Infinity, Infinity];
  for (let n = 0, m = outline.length - 2; n < outline.length; m = n, n += 2) {
    const [ax, ay, bx, by] = [outline[m], outline[m + 1], outline[n], outline[n + 1]];
    if (ay > cy !== by > cy) {
      const far = ax + ((bx - ax) * (cy - ay)) / (by - ay) - cx;
      if (far < 0) reach[0] = Math.min(reach[0], -far); else reach[1] = Math.min(reach[1], far);
    }
    if (ax > cx !== bx > cx) {
      const far = ay + ((by - ay) * (cx - ax)) / (bx - ax) - cy;
      if (far < 0) reach[2] = Math.min(reach[2], -far); else reach[3] = Math.min(reach[3], far);
    }
  }
  const span = (/** @type {number} */ one, /** @type {number} */ other) => (Number.isFinite(one + other) ? 2 * Math.min(one, other) : 0);
  return [span(reach[0], reach[1]), span(reach[2], reach[3])];
}
