// The waiting room: the place as the server tells it, the time counted down between, and the way on when it is one's turn.
import { one } from "./base.js";

/** Screen readers are told no oftener than this, unless asked. */
const SAID_MS = 30_000;
/** How soon a broken stream is opened again; spread, so that a crowd does not come at once. */
const AGAIN_MS = 2_000;

/** Over which time those who waited for the start load the page anew. */
const SPREAD_MS = 20_000;

const room = one("#room");
const page = String(room.dataset.page), url = `/v1/queue/${room.dataset.token}`;
const [place, ahead, wait, said] = ["[data-place]", "[data-ahead]", "[data-wait]", "[data-said]"].map((name) => one(name, room));
const bar = /** @type {HTMLProgressElement} */ (one("#room-bar", room));
const line = one("[data-line]", room), number = new Intl.NumberFormat("en");
const opens = room.querySelector("[data-opens]");
/** When the sale begins. */
const start = opens instanceof HTMLElement ? Date.now() + Number(opens.dataset.opens) : 0;

/** When it is one's turn, by a clock that goes on while a phone sleeps. @type {number | null} */
let turn = room.dataset.eta === undefined ? null : Date.now() + Number(room.dataset.eta) * 1000;
let spoken = 0, rings = false, leaving = false;
/** @type {EventSource | null} */
let stream = null;
/** @type {AudioContext | null} */
let sound = null;

/** @param {any} told a place, as the API tells it */
function show(told) {
  // the form leads on; what the stream says of it would lead back
  if (leaving) return;
  one("[data-stale]", room).hidden = true;
  if (told.state === "admitted") return enter();
  if (told.state === "left" || told.state === "over") return location.replace(page);
  const was = room.dataset.state;
  room.dataset.state = told.state;
  room.dataset.version = String(told.version);
  // a sale begins for everybody in the same moment: the numbers say so at once, the page's words when it is loaded anew
  if (was !== told.state) window.setTimeout(() => location.replace(page), SPREAD_MS * Math.random());
  line.hidden = told.place === null;
  place.textContent = told.place === null ? "–" : number.format(told.place);
  ahead.textContent = told.ahead === null ? "–" : number.format(told.ahead);
  turn = told.eta_seconds === null ? null : Date.now() + told.eta_seconds * 1000;
  if (told.ahead !== null) [bar.max, bar.value] = [Math.max(1, told.waiting), Math.max(0, told.waiting - told.ahead)];
  const scarce = one("[data-scarce]", room);
  scarce.hidden = !told.scarce;
  tick();
  say(false);
}

function tick() {
  wait.textContent = turn === null ? "–" : until(turn);
  // beyond some days the page's own words say it better
  if (opens && start - Date.now() < 86_400_000) opens.textContent = until(start);
}

/** @param {number} at @returns {string} the time until then: `1:02:03` or `2:03` */
function until(at) {
  const seconds = Math.max(0, Math.ceil((at - Date.now()) / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** @param {boolean} asked */
function say(asked) {
  if (!asked && Date.now() - spoken < SAID_MS) return;
  spoken = Date.now();
  const minutes = turn === null ? null : Math.round((turn - Date.now()) / 60_000);
  const time = minutes === null ? "" : minutes < 1 ? " Less than a minute." : ` About ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`;
  said.textContent = place.textContent === "–" ? "You are in before the start." : `Place ${place.textContent}, ${ahead.textContent} ahead of you.${time}`;
}

function enter() {
  stream?.close();
  if (rings) ring();
  location.replace(page);
}

/** Two tones, and a notification where the page is not seen. */
function ring() {
  if (sound) {
    for (const [at, pitch] of [[0, 660], [0.25, 880]]) {
      const tone = sound.createOscillator(), volume = sound.createGain();
      tone.frequency.value = pitch;
      volume.gain.value = 0.2;
      tone.connect(volume).connect(sound.destination);
      tone.start(sound.currentTime + at);
      tone.stop(sound.currentTime + at + 0.2);
    }
  }
  if (document.hidden && "Notification" in window && Notification.permission === "granted") new Notification("It is your turn", { body: document.title, tag: "boxoffice-queue" });
}

function listen() {
  stream?.close();
  stream = new EventSource(`${url}/stream`);
  stream.onmessage = (message) => show(JSON.parse(message.data));
  stream.onerror = () => {
    stream?.close();
    stream = null;
    one("[data-stale]", room).hidden = false;
    window.setTimeout(() => { if (!stream) listen(); }, AGAIN_MS * (1 + Math.random()));
  };
}

/** Asks anew: what was told before a phone slept may be old. */
async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(url, { cache: "no-store" });
    if (answer.status === 404) return location.replace(page);
    if (answer.ok) show(await answer.json());
  } catch { /* offline for a moment: the stream says so */ }
  if (!stream || stream.readyState === EventSource.CLOSED) listen();
}

one("[data-say]", room).addEventListener("click", () => say(true));
one("[data-ring]", room).addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  rings = !rings;
  button.setAttribute("aria-pressed", String(rings));
  if (!rings) return;
  sound ??= new AudioContext();
  void sound.resume();
  if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
});
document.querySelector(".room__leave")?.addEventListener("submit", () => {
  leaving = true;
  stream?.close();
});
document.addEventListener("visibilitychange", ask);
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  leaving = false;
  ask();
});
window.setInterval(tick, 500);
tick();
say(true);
listen();
room.dataset.ready = "true";
