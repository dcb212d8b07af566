// Suggestions under the search box, from the first character: a combobox with a list. Source: WAI-ARIA Authoring Practices, "editable combobox with list autocomplete".
import "./base.js";

const WAIT_MS = 60;
const EACH = 3;

/**
 * One suggestion: where it leads, or what it searches for.
 * @typedef {{ label: string, more: string, href?: string, q?: string }} Offer
 */

/** @param {any} found @returns {[string, Offer[]][]} */
function groups(found) {
  const place = (/** @type {any} */ venue) => [venue?.name, venue?.city].filter(Boolean).join(", ");
  const day = (/** @type {any} */ hit) => new Date(`${hit.local_date}T00:00:00Z`).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return [
    ["Searches", (found.queries ?? []).map((/** @type {string} */ q) => ({ label: q, more: "", q }))],
    ["Performers", (found.performers ?? []).map((/** @type {any} */ hit) => ({ label: hit.name, more: dates(hit.upcoming), href: `/performers/${hit.id}` }))],
    ["Shows", (found.series ?? []).map((/** @type {any} */ hit) => ({ label: hit.title, more: dates(hit.upcoming), href: `/series/${hit.id}` }))],
    ["Events", (found.events ?? []).map((/** @type {any} */ hit) => ({ label: hit.title, more: [day(hit), place(hit.venue)].filter(Boolean).join(" · "), href: `/events/${hit.id}` }))],
    ["Venues", (found.venues ?? []).map((/** @type {any} */ hit) => ({ label: hit.name, more: hit.city, href: `/venues/${hit.id}` }))],
    ["Cities", (found.cities ?? []).map((/** @type {any} */ hit) => ({ label: hit.name, more: hit.country_name || hit.country, href: `/cities/${hit.id}` }))],
  ];
}

/** @param {number | undefined} count */
function dates(count) {
  return count ? `${count.toLocaleString("en")} ${count === 1 ? "date" : "dates"}` : "";
}

/** @param {HTMLInputElement} field */
export function offerSuggestions(field) {
  const form = field.form;
  if (!form) return;
  const list = document.createElement("div");
  list.className = "suggest";
  list.id = `${field.id}-suggestions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-haspopup": "listbox" })) field.setAttribute(name, value);
  /** @type {AbortController | undefined} */
  let running;
  let timer = 0, active = -1;

  const options = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);
  const close = () => {
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  /** @param {number} to */
  const move = (to) => {
    const all = options();
    if (!all.length) return;
    // Behind the last one stands the field itself.
    active = to < -1 ? all.length - 1 : to >= all.length ? -1 : to;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === active)));
    if (active < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  };
  /** @param {HTMLElement} option */
  const take = (option) => {
    close();
    const { href, q } = option.dataset;
    if (href) return window.location.assign(href);
    field.value = q ?? "";
    form.requestSubmit();
  };
  /** @param {any} found */
  const show = (found) => {
    list.replaceChildren();
    let n = 0;
    for (const [title, offers] of groups(found)) {
      if (!offers.length) continue;
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", title);
      const head = document.createElement("p");
      head.className = "suggest__head";
      head.setAttribute("aria-hidden", "true");
      head.textContent = title;
      group.append(head, ...offers.slice(0, EACH).map((offer) => row(offer, `${list.id}-${n++}`)));
      list.append(group);
    }
    active = -1;
    list.hidden = n === 0 || document.activeElement !== field;
    field.setAttribute("aria-expanded", String(!list.hidden));
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    const q = field.value.trim();
    if (!q) return close();
    timer = window.setTimeout(async () => {
      running?.abort();
      const mine = (running = new AbortController());
      try {
        const answer = await fetch(`/v1/suggest?${new URLSearchParams({ q, limit: String(EACH) })}`, { signal: mine.signal });
        if (answer.ok) show(await answer.json());
      } catch {
        // Typing goes on without suggestions.
      }
    }, WAIT_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      event.stopPropagation();
      move(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      take(options()[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Tab") close();
  });
  // A press must not take the focus away before it is heard.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (option instanceof HTMLElement) take(option);
  });
  field.addEventListener("blur", close);
  form.addEventListener("submit", close);
}

/** @param {Offer} offer @param {string} id */
function row(offer, id) {
  const option = document.createElement("div");
  option.className = "suggest__row";
  option.id = id;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  if (offer.href) option.dataset.href = offer.href;
  if (offer.q) option.dataset.q = offer.q;
  const label = document.createElement("bdi");
  label.textContent = offer.label;
  const more = document.createElement("bdi");
  more.className = "quiet";
  more.textContent = offer.more;
  option.append(label, more);
  return option;
}
