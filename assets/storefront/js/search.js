// Search as you type: the same form, the same results, swapped in place; without this file the form just submits.
import { one } from "./base.js";
import { ResultMap } from "./map.js";
import { watchMore } from "./more.js";
import { offerNear } from "./near.js";

const WAIT_MS = 140;
/** Browsers refuse addresses that change with every key. */
const ADDRESS_MS = 600;
const form = /** @type {HTMLFormElement} */ (one("#search"));
const narrow = matchMedia("(max-width: 900px)");
const field = /** @type {HTMLInputElement} */ (one("input[name=q]", form));
/** @type {AbortController | undefined} */
let running;
let timer = 0;
/** The address that the results have and the bar has not yet. @type {string | undefined} */
let address;
let addressTimer = 0;

/** Puts the waiting address into the bar. */
function settle() {
  clearTimeout(addressTimer);
  if (address !== undefined) window.history.replaceState(null, "", address);
  address = undefined;
}

/** The form as a query, without what is empty. */
function query() {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim() !== "") params.append(name, value.trim());
  return params;
}

/**
 * Fetches the results of a query and puts them where the old ones stand.
 * @param {URLSearchParams} params
 * @param {"push" | "replace" | "none"} history how the address bar follows
 */
async function show(params, history) {
  running?.abort();
  const mine = (running = new AbortController());
  const text = params.toString();
  const here = text ? `/search?${text}` : "/search";
  if (history === "replace") {
    address = here;
    clearTimeout(addressTimer);
    addressTimer = window.setTimeout(settle, ADDRESS_MS);
  } else if (history === "push") {
    settle();
    window.history.pushState(null, "", here);
  } else address = undefined;
  const old = document.querySelector("#found");
  old?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/search/results?${text}`, { signal: mine.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    swap(await answer.text());
  } catch (error) {
    if (mine.signal.aborted) return;
    // The plain road: let the browser ask, and show whatever the server says.
    window.location.assign(`/search?${text}`);
  }
}

/**
 * Filters are open beside the results, folded above them; what the reader opened stays open.
 * @param {ParentNode} fresh
 * @param {ParentNode | null} old
 */
function foldFilters(fresh, old) {
  const fold = fresh.querySelector("#filters-fold"), before = old?.querySelector("#filters-fold");
  if (!(fold instanceof HTMLDetailsElement)) return;
  fold.open = !narrow.matches || (before instanceof HTMLDetailsElement && before.open);
  fold.classList.add("is-ready");
}

/** @param {string} html */
function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#found");
  if (!fresh) throw new Error("no results in the answer");
  const old = document.querySelector("#found");
  if (fresh instanceof HTMLElement && fresh.dataset.title) document.title = `${fresh.dataset.title} · Boxoffice`;
  carryMap(fresh);
  const card = old?.querySelector(".card__link:focus");
  const focus = document.activeElement instanceof HTMLInputElement && old?.contains(document.activeElement) ? document.activeElement : null;
  if (old) {
    const open = new Set([...old.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent?.trim()));
    for (const details of fresh.querySelectorAll("details")) if (open.has(details.querySelector("summary")?.textContent?.trim())) details.open = true;
    foldFilters(fresh, old);
    old.replaceWith(fresh);
  } else {
    const live = one("#live");
    foldFilters(fresh, null);
    live.replaceChildren(fresh);
    live.hidden = false;
    one("#shelves").hidden = true;
    document.querySelector(".hero")?.classList.add("hero--small");
  }
  if (focus) /** @type {HTMLElement | null} */ (document.querySelector(`#found input[name="${CSS.escape(focus.name)}"][value="${CSS.escape(focus.value)}"]`))?.focus();
  if (card instanceof HTMLAnchorElement) {
    const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("#found .card__link")]);
    (links.find((link) => link.href === card.href) ?? links[0])?.focus({ preventScroll: true });
  }
  openMap();
  watchMore(true);
}

/** The map of the results that stand here: made once, kept while results change under it. @type {ResultMap | undefined} */
let map;

/** Keeps the map that is there, with the points of the fresh results; makes or drops it as they say. @param {ParentNode} fresh */
function carryMap(fresh) {
  const box = fresh.querySelector("#mapbox");
  if (!(box instanceof HTMLElement)) {
    map?.end();
    return void (map = undefined);
  }
  if (!map) return;
  const had = document.activeElement === map.canvas;
  const kept = map;
  box.replaceWith(map.box);
  queueMicrotask(() => { kept.take(box); if (had) kept.canvas.focus({ preventScroll: true }); });
}

function openMap() {
  const box = document.querySelector("#mapbox");
  if (map || !(box instanceof HTMLElement)) return;
  map = new ResultMap(box, (bbox) => {
    const params = query();
    params.delete("bbox");
    params.set("view", "map");
    if (bbox) params.set("bbox", bbox);
    show(params, "replace");
  });
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = window.setTimeout(() => show(query(), "replace"), WAIT_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  show(query(), "push");
  const fold = document.querySelector("#filters-fold");
  if (fold instanceof HTMLDetailsElement && narrow.matches) fold.open = false;
});
document.addEventListener("change", (event) => {
  const control = event.target;
  if ((control instanceof HTMLInputElement || control instanceof HTMLSelectElement) && control.form === form && control !== field) show(query(), "push");
});
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !link.closest("#found, [data-shortcuts]")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/search") return;
  event.preventDefault();
  field.value = url.searchParams.get("q") ?? "";
  show(url.searchParams, "push");
});
window.addEventListener("popstate", () => {
  if (location.pathname !== "/search") return location.reload();
  const params = new URLSearchParams(location.search);
  field.value = params.get("q") ?? "";
  show(params, "none");
});
window.addEventListener("pagehide", settle);
foldFilters(document, null);
openMap();
narrow.addEventListener("change", () => foldFilters(document, null));
offerNear((place) => {
  const params = query();
  params.set("near", place);
  params.set("radius_km", "50");
  params.set("sort", "distance");
  show(params, "push");
});
