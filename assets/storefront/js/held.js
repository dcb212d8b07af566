// The bar of what this browser holds, on every page. Pages are the same bytes for everybody, so a script asks; and it asks only where a
// cookie names holds. It lies over the lower edge, so that nothing moves when it comes.
import "./base.js";

/**
 * @typedef {{ id: string, href: string, live: boolean, seconds_left: number, places: string, event: { id: string, title: string, href: string }, seats: string[] }} Held
 */

const COOKIE = "boxoffice_held";

/** The ids that the cookie names. */
function remembered() {
  const pair = document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE}=`));
  return (pair?.slice(COOKIE.length + 1) ?? "").split(".").filter(Boolean);
}

/** @param {string} id */
function forget(id) {
  const left = remembered().filter((other) => other !== id);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${COOKIE}=${left.join(".")}; Path=/; Max-Age=${left.length ? 7200 : 0}; SameSite=Lax${secure}`;
}

/** What is held, or null where nobody could tell. @returns {Promise<Held[] | null>} */
async function ask() {
  if (remembered().length === 0) return [];
  try {
    const answer = await fetch("/me/holds", { headers: { accept: "application/json" } });
    return answer.ok ? (await answer.json()).holds : null;
  } catch {
    return null;
  }
}

const first = ask();

/** What is held, asked for once a page; the seat map wants it too. @type {Promise<Held[]>} */
export const held = first.then((holds) => holds ?? []);

/** After how many seconds it is asked again while nobody can tell; a minute from then on. */
const PAUSES = [6, 12, 24];
let failed = 0, again = 0;

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [css]
 * @param {string} [text]
 */
function make(tag, css = "", text = "") {
  const element = document.createElement(tag);
  element.className = css;
  element.textContent = text;
  return element;
}

class Bar {
  /** @param {Held[]} holds */
  constructor(holds) {
    this.holds = holds;
    this.since = performance.now();
    this.box = make("aside", "held");
    this.box.setAttribute("aria-label", "Seats on hold for you");
    this.left = make("b", "held__left");
    this.left.setAttribute("role", "timer");
    this.text = make("span", "held__text");
    this.title = make("bdi", "held__title");
    this.more = make("span", "held__more");
    this.text.append(this.title, this.more);
    this.said = make("span", "hide");
    this.said.setAttribute("role", "status");
    this.go = make("a", "button button--small button--light");
    this.close = make("button", "held__close", "×");
    this.close.type = "button";
    this.close.setAttribute("aria-label", "Do not show this again");
    this.close.addEventListener("click", () => { forget(this.holds[0].id); this.holds.shift(); this.show(); });
    this.box.append(this.left, this.text, this.said, this.go, this.close);
    document.body.append(this.box);
    this.show();
  }

  show() {
    const [hold, ...others] = this.holds;
    this.box.hidden = !hold;
    document.documentElement.classList.toggle("has-held", Boolean(hold));
    if (!hold) return;
    const over = !hold.live, more = others.filter((other) => other.live).length;
    this.box.dataset.hold = hold.id;
    this.box.classList.toggle("is-over", over);
    this.left.hidden = over;
    this.close.hidden = !over;
    this.title.textContent = hold.event.title;
    this.more.textContent = over ? `Your time for ${hold.places} ran out; nothing was charged.` : `${hold.places}${more ? ` and ${more} more` : ""}`;
    this.go.textContent = over ? "Choose again" : "Pay";
    this.go.href = over ? hold.event.href : more ? "/me#held" : hold.href;
    if (!over) this.tick(hold);
    else this.said.textContent = `Your time for ${hold.places} of ${hold.event.title} ran out.`;
  }

  /** @param {Held} hold */
  tick(hold) {
    if (this.holds[0] !== hold) return;
    const end = this.since + hold.seconds_left * 1000, seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    this.left.textContent = clock(seconds);
    this.box.classList.toggle("is-short", seconds <= 60);
    if (seconds === 120 || seconds === 60) this.said.textContent = `${seconds / 60} minute${seconds === 60 ? "" : "s"} left for ${hold.places}`;
    if (seconds > 0) return void window.setTimeout(() => this.tick(hold), (end - performance.now()) % 1000 || 1000);
    // The server allows five seconds more; what it says after them is true.
    window.setTimeout(refresh, 6000);
  }

  /** @param {Held[]} holds */
  take(holds) {
    this.holds = holds;
    this.since = performance.now();
    this.show();
  }
}

/** @type {Bar | null} */
let bar = null;

/** @param {Held[]} holds */
function show(holds) {
  const mine = holds.filter(wanted);
  if (bar) bar.take(mine);
  else if (mine.length && !document.body.classList.contains("pay")) bar = new Bar(mine);
}

/** Shows what was told; where nobody could tell, what is shown stays, and it is asked again. @param {Held[] | null} holds */
function take(holds) {
  window.clearTimeout(again);
  if (holds) {
    failed = 0;
    return show(holds);
  }
  again = window.setTimeout(refresh, (PAUSES[failed] ?? 60) * 1000);
  failed += 1;
}

/** Asks again, and tells whoever draws what is held: the event `held` on the document. */
async function refresh() {
  const holds = await ask();
  take(holds);
  if (holds) document.dispatchEvent(new CustomEvent("held", { detail: holds }));
}

/** A page about a hold has a clock of its own. @param {Held} hold */
function wanted(hold) {
  return document.querySelector(`[data-hold="${hold.id}"]:not(.held)`) === null;
}

first.then(take);
// A page that comes back out of the browser's memory knows what was held when it was left.
window.addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
