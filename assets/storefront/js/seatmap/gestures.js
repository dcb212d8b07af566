// Fingers, mouse and wheel on the map: drag pans, two fingers or the wheel zoom, a short press is a tap.
import { one } from "../base.js";

/** @typedef {import("./camera.js").Camera} Camera */

const TAP_PX = 8;
const REST_MS = 120;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Camera} camera
 * @param {{ moved: (moving: boolean) => void, tap: (x: number, y: number, touch: boolean) => void, point: (x: number, y: number) => void, leave: () => void }} to
 */
export function listen(canvas, camera, to) {
  const box = one("#map");
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let travelled = 0, resting = 0, pinched = false;
  const at = (/** @type {MouseEvent} */ event) => {
    const rect = canvas.getBoundingClientRect();
    return { x: event.clientX - rect.left, y: event.clientY - rect.top };
  };
  const moving = () => {
    to.moved(true);
    clearTimeout(resting);
    resting = window.setTimeout(() => to.moved(false), REST_MS);
    // At the whole house one finger scrolls the page; nearer it moves the map.
    box.style.touchAction = camera.atWhole() ? "pan-y" : "none";
  };
  box.style.touchAction = "pan-y";

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (down.size === 0) { travelled = 0; pinched = false; }
    down.set(event.pointerId, at(event));
    camera.stop();
  });
  window.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last) { if (event.target === canvas && event.pointerType !== "touch") { const p = at(event); to.point(p.x, p.y); } return; }
    const now = at(event);
    travelled += Math.hypot(now.x - last.x, now.y - last.y);
    if (travelled > TAP_PX && !canvas.hasPointerCapture(event.pointerId)) { try { canvas.setPointerCapture(event.pointerId); } catch { /* gone already */ } }
    if (down.size === 2) {
      pinched = true;
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1] ?? last;
      const before = Math.hypot(last.x - other.x, last.y - other.y), after = Math.hypot(now.x - other.x, now.y - other.y);
      if (before > 4) camera.zoom(after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
      camera.pan((now.x - last.x) / 2, (now.y - last.y) / 2);
      moving();
    } else if (travelled > TAP_PX && !pinched) {
      canvas.classList.add("is-drag");
      camera.pan(now.x - last.x, now.y - last.y);
      to.leave();
      moving();
    }
    down.set(event.pointerId, now);
  });
  // A tap that leads to a field must not take the focus from it again.
  canvas.addEventListener("mousedown", (event) => event.preventDefault());
  const up = (/** @type {PointerEvent} */ event) => {
    if (!down.delete(event.pointerId)) return;
    canvas.classList.remove("is-drag");
    if (event.type === "pointerup" && travelled <= TAP_PX && !pinched && down.size === 0) {
      const p = at(event);
      to.tap(p.x, p.y, event.pointerType !== "mouse");
    }
  };
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => to.leave());
  canvas.addEventListener("wheel", (event) => {
    // Zooming out of the whole house is scrolling the page.
    if (event.deltaY > 0 && camera.atWhole()) return;
    event.preventDefault();
    const p = at(event);
    camera.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), p.x, p.y);
    moving();
  }, { passive: false });
}
