// One hold an event: who holds seats and asks for others is asked first.
import { one } from "./base.js";

/**
 * Asks whether the new seats shall take the place of those that are held.
 * @param {{ id: string, href: string, places: string, left: string }} held
 * @returns {Promise<boolean>}
 */
export function askToReplace(held) {
  const box = /** @type {HTMLDialogElement} */ (one("#replace"));
  one("[data-replace-said]", box).textContent = `You hold ${held.places} here already, with ${held.left} minutes left. If you take the new ones, those go back on sale.`;
  /** @type {HTMLAnchorElement} */ (one("[data-keep]", box)).href = held.href;
  box.returnValue = "";
  return new Promise((answered) => {
    box.addEventListener("close", () => answered(box.returnValue === "replace"), { once: true });
    box.showModal();
  });
}
