// The pen: words, shapes and outlines, as everything on the map is drawn.

export const FONT = "Inter, system-ui, sans-serif";

/** @param {CanvasRenderingContext2D} context @param {number[]} outline @param {number} s */
export function trace(context, outline, s) {
  context.beginPath();
  for (let n = 0; n < outline.length; n += 2) context.lineTo(outline[n] * s, outline[n + 1] * s);
  context.closePath();
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {string} font @param {string} fill */
export function write(context, text, x, y, font, fill) {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = fill;
  context.fillText(text, x, y);
}

/** A disc, or a rounded square for a wheelchair space. @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} r @param {boolean} wheel */
export function shape(context, x, y, r, wheel) {
  if (wheel) context.roundRect(x - r, y - r, 2 * r, 2 * r, r * 0.45);
  else { context.moveTo(x + r, y); context.arc(x, y, r, 0, 7); }
}

/** A block's number, which says enough where its name has no room. @param {string} name */
export const numberOf = (name) => name.replace(/^\D+/, "");

/** Whether a block has room for a name. @param {CanvasRenderingContext2D} context @param {string} name @param {number} wide @param {number} high */
export function namable(context, name, wide, high) {
  context.font = `600 13px ${FONT}`;
  return context.measureText(name).width + 10 <= wide && high >= 18;
}

/** @param {CanvasRenderingContext2D} context @param {[number, number]} centre @param {number} s @param {number} wide @param {number} high @param {string} title @param {string} line @param {string} fill */
export function caption(context, [cx, cy], s, wide, high, title, line, fill) {
  if (!namable(context, title, wide, high)) {
    // Half a word says nothing.
    const short = numberOf(title);
    context.font = `600 11px ${FONT}`;
    if (short && context.measureText(short).width + 6 <= wide && high >= 14) write(context, short, cx * s, cy * s, `600 11px ${FONT}`, fill);
    return;
  }
  context.font = `600 13px ${FONT}`;
  const need = context.measureText(title).width;
  context.font = `400 12px ${FONT}`;
  const two = high >= 36 && context.measureText(line).width + 4 <= Math.max(wide, need + 10);
  write(context, title, cx * s, cy * s - (two ? 8 : 0), `600 13px ${FONT}`, fill);
  if (two) write(context, line, cx * s, cy * s + 9, `400 12px ${FONT}`, fill);
}

/** An area's name is always said, in as many lines as it needs; what is left where there is room. @param {CanvasRenderingContext2D} context @param {[number, number]} centre @param {number} s @param {number} wide @param {number} high @param {string} title @param {string} more @param {string} fill */
export function words(context, [cx, cy], s, wide, high, title, more, fill) {
  const widthOf = (/** @type {string} */ text, /** @type {string} */ face) => { context.font = face; return context.measureText(text).width; };
  // A word is never cut: rather its letters are smaller, as far as they can be read.
  const longest = Math.max(...title.split(" ").map((word) => widthOf(word, `600 10px ${FONT}`))) / 10;
  const size = Math.max(9, Math.min(Math.max(11, Math.min(20, wide / 9, high / 3)), (wide - 8) / longest));
  const font = `600 ${size}px ${FONT}`, small = `400 ${Math.max(11, size * 0.78)}px ${FONT}`;
  const lines = widthOf(title, font) > wide - 8 ? title.split(" ") : [title];
  const parts = widthOf(more, small) > wide - 8 ? more.split(" · ") : [more];
  const fits = parts.every((part) => widthOf(part, small) <= wide - 4) && (lines.length + parts.length) * size * 1.25 <= high;
  const all = [...lines.map((text) => ({ text, face: font })), ...(fits ? parts.map((text) => ({ text, face: small })) : [])];
  all.forEach(({ text, face }, n) => write(context, text, cx * s, cy * s + (n - (all.length - 1) / 2) * size * 1.25, face, fill));
}

/** How wide and how high a shape is through its middle. @param {number[]} outline @param {[number, number]} centre @returns {[number, number]} */
export function room(outline, [cx, cy]) {
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
