// What lies over the seats: those that are mine, the one pointed at, and the names that stay at the rims of the view.
import { look } from "./palette.js";
import { FONT, shape, write } from "./pen.js";
import { RIM_PX, blocks, pins } from "./pins.js";

/** What is mine and what is pointed at, over everything. @param {import("./paint.js").Painter} painter @param {CanvasRenderingContext2D} context */
export function overlay(painter, context) {
  const { house, camera } = painter;
  const r = Math.max(house.pitch * camera.scale * 0.46, painter.showsSeats ? 0 : 4);
  if (painter.hover >= 0 && painter.showsSeats && !painter.chosen.has(painter.hover)) {
    const [x, y] = camera.toCanvas(house.x[painter.hover], house.y[painter.hover]);
    context.beginPath();
    shape(context, x, y, r + 2, house.wheel[painter.hover] === 1);
    context.strokeStyle = look().ink;
    context.lineWidth = 2;
    context.stroke();
  }
  for (const seat of [...painter.own, ...painter.chosen]) {
    const [x, y] = camera.toCanvas(house.x[seat], house.y[seat]);
    context.beginPath();
    shape(context, x, y, r + 1, house.wheel[seat] === 1);
    context.fillStyle = look().mine;
    context.fill();
    // Held already: a ring around it says that the clock runs.
    if (painter.own.has(seat)) {
      context.beginPath();
      shape(context, x, y, r + 4, house.wheel[seat] === 1);
      context.strokeStyle = look().mine;
      context.lineWidth = 1.5;
      context.stroke();
    }
    context.beginPath();
    context.moveTo(x - r * 0.42, y + r * 0.02);
    context.lineTo(x - r * 0.1, y + r * 0.34);
    context.lineTo(x + r * 0.46, y - r * 0.34);
    context.strokeStyle = look().onMine;
    context.lineWidth = Math.max(1.2, r * 0.2);
    context.lineCap = context.lineJoin = "round";
    context.stroke();
  }
  if (!camera.atWhole()) names(painter, context);
}

/** Names at the edges of the view, on paper of their own. @param {import("./paint.js").Painter} painter @param {CanvasRenderingContext2D} context */
function names(painter, context) {
  const font = (/** @type {boolean} */ strong) => `600 ${strong ? 12 : 11}px ${FONT}`;
  const widthOf = (/** @type {string} */ text, /** @type {boolean} */ strong) => { context.font = font(strong); return context.measureText(text).width; };
  painter.pinned = painter.showsSeats ? pins(painter.house, painter.camera, widthOf) : blocks(painter.house, painter.camera);
  const { width, height } = painter.camera, rims = new Set(painter.pinned.map((pin) => pin.edge));
  // Rims of paper, like those of a ruler, so that no name lies on a seat.
  context.fillStyle = look().paper;
  if (rims.has("left")) context.fillRect(0, 0, RIM_PX, height);
  if (rims.has("right")) context.fillRect(width - RIM_PX, 0, RIM_PX, height);
  if (rims.has("top")) context.fillRect(0, 0, width, RIM_PX);
  if (rims.has("bottom")) context.fillRect(0, height - RIM_PX, width, RIM_PX);
  for (const { text, x, y, turn, strong } of painter.pinned) {
    context.save();
    context.translate(x, y + 0.5);
    context.rotate(turn);
    write(context, text, 0, 0, font(strong), look().ink);
    context.restore();
  }
}
