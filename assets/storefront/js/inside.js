// The time inside: who was let in from the waiting room sees how long it lasts. The page is the same for everybody; a cookie says until when.

const until = Number(document.cookie.match(/(?:^|; )boxoffice_inside=(\d+)/)?.[1] ?? 0);
const panel = document.querySelector("[data-queue]"), bar = document.querySelector("[data-inside]");
if (panel instanceof HTMLElement && bar instanceof HTMLElement && until > Date.now()) {
  const left = bar.querySelector("[data-left]"), shown = bar.querySelector("progress");
  const whole = until - Date.now();
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    if (left) left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (shown) [shown.max, shown.value] = [whole, Math.max(0, until - Date.now())];
    bar.hidden = seconds === 0;
    panel.hidden = seconds > 0;
    if (seconds > 0) window.setTimeout(tick, 500);
  };
  tick();
}
