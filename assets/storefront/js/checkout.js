// The checkout's clock: counts the server's seconds, not the reader's clock, and says the last minutes aloud.
import { one } from "./base.js";

const timer = document.querySelector("#timer");
if (timer instanceof HTMLElement) {
  const end = performance.now() + Number(timer.dataset.seconds) * 1000;
  const left = one("[data-left]", timer);
  const said = one("[data-left-said]", timer);
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    timer.classList.toggle("is-short", seconds <= 60);
    if (seconds === 60 || seconds === 120) said.textContent = `${seconds / 60} minute${seconds === 60 ? "" : "s"} left`;
    // The server allows five seconds more; the page says the truth after them.
    if (seconds === 0) window.setTimeout(() => location.reload(), 6000);
    else window.setTimeout(tick, 1000 - ((performance.now() - end) % 1000 + 1000) % 1000 || 1000);
  };
  tick();
}
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => form.querySelector("button[type=submit].button--main")?.setAttribute("aria-busy", "true"));
}
window.addEventListener("pageshow", () => { for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy"); });
