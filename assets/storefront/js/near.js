// “Near me”: asks the browser where it is, rounds to about a kilometre, and says so when it may not know.
import "./base.js";

/**
 * @param {(place: string) => void} go takes `lat,lon`
 */
export function offerNear(go) {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-near]") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const said = button.parentElement?.querySelector("[data-near-said]");
    const say = (/** @type {string} */ text) => {
      if (said instanceof HTMLElement) { said.textContent = text; said.hidden = !text; }
    };
    if (!navigator.geolocation) return say("This browser does not tell where it is.");
    button.disabled = true;
    say("Looking for you…");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { button.disabled = false; say(""); go(`${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`); },
      () => { button.disabled = false; say("Your place is not shared with this page; choose a city instead."); },
      { timeout: 8000, maximumAge: 600000 },
    );
  });
}
