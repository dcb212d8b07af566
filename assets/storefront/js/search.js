// Search as you type: the same form, the same results, swapped in place; without this file the form just submits.
import { one } from "./base.js";
import { offerNear } from "./near.js";

const WAIT_MS = 140;
const form = /** @type {HTMLFormElement} */ (one("#search"));
const narrow = matchMedia("(max-width: 900px)");
const field = /** @type {HTMLInputElement} */ (one("input[name=q]", form));
/** @type {AbortController | undefined} */
let running;
let timer = 0;

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
  if (history !== "none") window.history[history === "push" ? "pushState" : "replaceState"](null, "", text ? `/search?${text}` : "/search");
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
}

/** @param {HTMLAnchorElement} link */
async function more(link) {
  link.setAttribute("aria-busy", "true");
  const url = new URL(link.href);
  const answer = await fetch(`/search/results${url.search}`);
  if (!answer.ok) return window.location.assign(link.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const cards = [...fresh.querySelectorAll(".cards > li")];
  one("#found .cards").append(...cards);
  cards[0]?.querySelector("a")?.focus({ preventScroll: true });
  const next = fresh.querySelector("[data-more]");
  if (next) link.replaceWith(next);
  else link.remove();
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
  if (link.hasAttribute("data-more")) return void more(link);
  field.value = url.searchParams.get("q") ?? "";
  show(url.searchParams, "push");
});
window.addEventListener("popstate", () => {
  if (location.pathname !== "/search") return location.reload();
  const params = new URLSearchParams(location.search);
  field.value = params.get("q") ?? "";
  show(params, "none");
});
foldFilters(document, null);
narrow.addEventListener("change", () => foldFilters(document, null));
offerNear((place) => {
  const params = query();
  params.set("near", place);
  params.set("radius_km", "50");
  params.set("sort", "distance");
  show(params, "push");
});
