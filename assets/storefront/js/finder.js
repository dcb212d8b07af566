// On every page: the search box suggests, the slash key leads to it, and arrows walk from result to result.
import "./base.js";
import { offerSuggestions } from "./suggest.js";

const field = document.querySelector("input[name=q]");
if (field instanceof HTMLInputElement) offerSuggestions(field);

/** @param {EventTarget | null} target */
function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA|CANVAS)$/.test(target.tagName));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "/" && !typing(event.target) && field instanceof HTMLInputElement) {
    event.preventDefault();
    field.focus();
    field.select();
  }
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!step || (typing(event.target) && event.target !== field)) return;
  const links = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".cards .card__link")]);
  const here = links.findIndex((link) => link === document.activeElement);
  // Arrows scroll as ever, unless one stands on a result, or in the search box and goes down.
  if (here < 0 && !(event.target === field && step > 0)) return;
  event.preventDefault();
  if (here === 0 && step < 0) return void (field instanceof HTMLElement && field.focus());
  links[here + step]?.focus();
});
