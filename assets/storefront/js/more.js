// The endless list: the link to the next page is followed before its end is reached, and what it brings is put behind the rest.
import "./base.js";

/** So many pages come by themselves; then the reader is asked, so that the end of the page can be reached. */
const BY_ITSELF = 8;
const AHEAD = "900px";

let loaded = 0;
/** @type {IntersectionObserver | undefined} */
let watch;

/** @param {HTMLAnchorElement} link @param {boolean} pressed */
async function follow(link, pressed) {
  if (link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  loaded = pressed ? 0 : loaded + 1;
  try {
    const answer = await fetch(link.dataset.more || link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Another answer may stand here by now.
    if (!link.isConnected) return;
    const cards = [...fresh.querySelectorAll(".cards > li")];
    link.closest("section")?.querySelector(".cards")?.append(...cards);
    if (pressed) cards[0]?.querySelector("a")?.focus({ preventScroll: true });
    const next = fresh.querySelector("[data-more]");
    if (next) link.replaceWith(next);
    else link.remove();
    watchMore();
  } catch {
    // The plain road: the next page by itself, when it is pressed.
    link.removeAttribute("aria-busy");
    if (pressed) window.location.assign(link.href);
  }
}

/** Watches the link to the next page that stands here now. @param {boolean} [fresh] whether the list is a new one */
export function watchMore(fresh = false) {
  if (fresh) loaded = 0;
  watch?.disconnect();
  const link = document.querySelector("a[data-more]");
  if (!(link instanceof HTMLAnchorElement) || loaded >= BY_ITSELF) return;
  watch = new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) void follow(link, false); }, { rootMargin: AHEAD });
  watch.observe(link);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-more]") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  void follow(link, true);
});
watchMore(true);
