// Names that stay when one comes near: a row's letter where the row leaves the view, a section's name at the upper edge of what is seen of it.

import { numberOf } from "./pen.js";

/** @typedef {import("./house.js").House} House */
/** @typedef {import("./camera.js").Camera} Camera */
/** `edge`: the side on whose rim it stands, if it stands on one; `turn`: how far it is turned, in radians. @typedef {{ text: string, x: number, y: number, turn: number, strong: boolean, edge: string }} Pin */
/** @typedef {{ x: number, y: number, turn: number }} Place */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Spot */

/** How wide a rim is. */
export const RIM_PX = 24;
const LINE_PX = 20;
/** Where along its upper edge a section's name may stand: in the middle first. */
const ALONG = [0.5, 0.35, 0.65, 0.2, 0.8];
/** How far from it, in distances of neighbours. */
const AWAY = [1.1, 0.95];

/**
 * What to pin, in CSS pixels of the canvas.
 *
 * @param {House} house
 * @param {Camera} camera
 * @param {(text: string, strong: boolean) => number} widthOf
 * @returns {Pin[]}
 */
export function pins(house, camera, widthOf) {
  /** @type {Pin[]} */
  const found = [];
  /** @type {Spot[]} */
  const taken = [];
  const put = (/** @type {string} */ text, /** @type {Place[]} */ places, /** @type {boolean} */ strong) => {
    const half = widthOf(text, strong) / 2 + 6;
    const room = (/** @type {Spot} */ at) => !taken.some((other) => at.left < other.right && other.left < at.right && at.top < other.bottom && other.top < at.bottom);
    const free = places.map((place) => settled(camera, place, half, strong)).filter(room);
    // None lies on a seat: where that leaves no place, one sees too little of the section to name it.
    const at = free.find((place) => place.edge !== "" || !isTaken(house, camera, place, half - 6));
    if (!at) return;
    taken.push(at);
    found.push({ text, x: at.x, y: at.y, turn: at.turn, strong, edge: at.edge });
  };
  for (const { label, places } of sections(house, camera)) put(label, places, true);
  for (const { label, x, y } of rows(house, camera)) put(label, [{ x, y, turn: 0 }], false);
  return found;
}

/** A place moved into the view, or onto one of its rims, with the box around its text. @param {Camera} camera @param {Place} place @param {number} half @param {boolean} strong */
function settled(camera, { x, y, turn }, half, strong) {
  const edge = y <= RIM_PX ? "top" : y >= camera.height - RIM_PX ? "bottom" : !strong && x <= RIM_PX ? "left" : !strong && x >= camera.width - RIM_PX ? "right" : "";
  const turned = edge ? 0 : turn, cos = Math.cos(turned), sin = Math.abs(Math.sin(turned));
  const wide = cos * half + sin * LINE_PX / 2, high = sin * half + cos * LINE_PX / 2;
  const into = (/** @type {number} */ at, /** @type {number} */ room, /** @type {number} */ size) => Math.max(room, Math.min(size - room, at));
  const at = { x: edge === "left" ? RIM_PX / 2 : edge === "right" ? camera.width - RIM_PX / 2 : into(x, wide + 2, camera.width), y: into(y, RIM_PX / 2, camera.height) };
  return { ...at, turn: turned, edge, left: at.x - wide, right: at.x + wide, top: at.y - high, bottom: at.y + high };
}

/** Whether a line of text lies on seats or on the stage. @param {House} house @param {Camera} camera @param {Place} place @param {number} half */
function isTaken(house, camera, { x, y, turn }, half) {
  const step = Math.max(6, house.pitch * camera.scale * 0.5), reach = house.pitch * 0.4 + 4.5 / camera.scale;
  for (let far = -half; far <= half; far += step) {
    const [mx, my] = camera.toMap(x + far * Math.cos(turn), y + far * Math.sin(turn));
    if (house.seatAt(mx, my, reach) >= 0 || house.isStage(mx, my)) return true;
  }
  return false;
}

/**
 * Names of blocks that reach into the view from a middle outside of it, where their names stand.
 *
 * @param {House} house
 * @param {Camera} camera
 * @returns {Pin[]}
 */
export function blocks(house, camera) {
  const { width, height } = camera, into = (/** @type {number} */ at, /** @type {number} */ room, /** @type {number} */ size) => Math.max(room, Math.min(size - room, at));
  const pin = (/** @type {import("./house.js").Section} */ section) => {
    const [cx, cy] = camera.toCanvas(...section.centre), x = into(cx, RIM_PX, width), y = into(cy, LINE_PX, height);
    const out = cx < 0 || cy < 0 || cx > width || cy > height;
    return out && house.sectionAt(...camera.toMap(x, y)) === section ? [{ text: numberOf(section.label) || section.label, x, y, turn: 0, strong: true, edge: "" }] : [];
  };
  return house.sections.flatMap(pin);
}

/** Sections in sight whose own name cannot be seen: all of them, since near by no names are drawn. @param {House} house @param {Camera} camera */
function* sections(house, camera) {
  const seen = camera.seen();
  for (const section of house.sections) {
    const { left, right, top, bottom } = section.box;
    if (right < seen.left || left > seen.right || bottom < seen.top || top > seen.bottom) continue;
    const from = Math.max(left, seen.left), wide = Math.min(right, seen.right) - from;
    // Above its first row while that is in sight, along it or straight; else at the upper edge.
    yield { label: section.label, places: ALONG.flatMap((share) => above(house, camera, section, from + share * wide)) };
  }
}

/** Places above the first row. @param {House} house @param {Camera} camera @param {import("./house.js").Section} section @param {number} x @returns {Place[]} */
function above(house, camera, section, x) {
  const y = upper(house, section, x), near = house.pitch * 3;
  const slope = Math.atan2(upper(house, section, x + near) - upper(house, section, x - near), 2 * near);
  const turns = Math.abs(slope) > 0.06 && Math.abs(slope) < 1 ? [slope, 0] : [0];
  return turns.flatMap((turn) => {
    // What is uppermost near a slanted row lies beside, and above it.
    const row = y + Math.abs(Math.tan(turn)) * house.pitch * 2;
    return AWAY.map((far) => {
      const [px, py] = camera.toCanvas(x + Math.sin(turn) * house.pitch * far, row - Math.cos(turn) * house.pitch * far);
      return { x: px, y: py, turn };
    });
  });
}

/** The uppermost seat near a line down the section: curved rows bend away from the box. @param {House} house @param {import("./house.js").Section} section @param {number} x */
function upper(house, section, x) {
  let best = Infinity;
  for (let seat = section.first; seat < section.first + section.count; seat++) {
    if (Math.abs(house.x[seat] - x) < house.pitch * 2) best = Math.min(best, house.y[seat]);
  }
  return Number.isFinite(best) ? best : section.box.top;
}

/** Where rows cross the edges of the view. @param {House} house @param {Camera} camera */
function* rows(house, camera) {
  const seen = camera.seen(-6);
  const inside = (/** @type {number} */ seat) => house.x[seat] >= seen.left && house.x[seat] <= seen.right && house.y[seat] >= seen.top && house.y[seat] <= seen.bottom;
  for (const row of house.rows) {
    const last = row.first + row.count - 1;
    let from = row.first, to = last;
    while (from <= last && !inside(from)) from++;
    if (from > last) continue;
    while (!inside(to)) to--;
    for (const [at, out] of [[from, from - 1], [to, to + 1]]) {
      // A row that ends in sight has its letter there.
      if (out < row.first || out > last) continue;
      const [x, y] = camera.toCanvas(house.x[at], house.y[at]), [ox, oy] = camera.toCanvas(house.x[out], house.y[out]);
      const sideways = Math.abs(ox - x) >= Math.abs(oy - y);
      yield { label: row.label, x: sideways ? (ox < x ? 0 : camera.width) : (x + ox) / 2, y: sideways ? y : oy < y ? 0 : camera.height };
    }
  }
}

/** Where letters go: beyond the ends of rows, unless the row goes on behind an aisle. @param {House} house */
export function freeEnds(house) {
  const letters = [];
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
