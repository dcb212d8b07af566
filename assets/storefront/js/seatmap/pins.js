// Names that stay when one comes near: a row's letter where the row leaves the view, a section's name at the upper edge of what is seen of it.

/** @typedef {import("./house.js").House} House */
/** @typedef {import("./camera.js").Camera} Camera */
/** `edge`: the side on whose rim it stands, if it stands on one. @typedef {{ text: string, x: number, y: number, strong: boolean, edge: string }} Pin */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Spot */

/** How wide a rim is. */
export const RIM_PX = 24;
const LINE_PX = 20;

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
  const put = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y, /** @type {boolean} */ strong) => {
    const half = widthOf(text, strong) / 2 + 6;
    const edge = y <= RIM_PX ? "top" : y >= camera.height - RIM_PX ? "bottom" : !strong && x <= RIM_PX ? "left" : !strong && x >= camera.width - RIM_PX ? "right" : "";
    const into = (/** @type {number} */ at, /** @type {number} */ room, /** @type {number} */ size) => Math.max(room, Math.min(size - room, at));
    const at = { x: edge === "left" ? RIM_PX / 2 : edge === "right" ? camera.width - RIM_PX / 2 : into(x, half + 2, camera.width), y: into(y, RIM_PX / 2, camera.height) };
    const spot = { left: at.x - half, right: at.x + half, top: at.y - LINE_PX / 2, bottom: at.y + LINE_PX / 2 };
    if (taken.some((other) => spot.left < other.right && other.left < spot.right && spot.top < other.bottom && other.top < spot.bottom)) return;
    taken.push(spot);
    found.push({ text, ...at, strong, edge });
  };
  for (const { label, x, y } of sections(house, camera)) put(label, x, y, true);
  for (const { label, x, y } of rows(house, camera)) put(label, x, y, false);
  return found;
}

/** Sections in sight whose own name cannot be seen: all of them, since near by no names are drawn. @param {House} house @param {Camera} camera */
function* sections(house, camera) {
  const seen = camera.seen();
  for (const section of house.sections) {
    const { left, right, top, bottom } = section.box;
    if (right < seen.left || left > seen.right || bottom < seen.top || top > seen.bottom) continue;
    const middle = (Math.max(left, seen.left) + Math.min(right, seen.right)) / 2;
    // Above its first row while that is in sight, else at the upper edge.
    const [x, y] = camera.toCanvas(middle, upper(house, section, middle) - house.pitch * 1.1);
    yield { label: section.label, x, y };
  }
}

/** The uppermost seat near a line down the section: curved rows bend away from the box. @param {House} house @param {import("./house.js").Section} section @param {number} x */
function upper(house, section, x) {
  let best = section.box.bottom;
  for (let seat = section.first; seat < section.first + section.count; seat++) {
    if (Math.abs(house.x[seat] - x) < house.pitch * 2) best = Math.min(best, house.y[seat]);
  }
  return best;
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
