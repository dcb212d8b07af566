// Finding seats by what people type: `stalls`, `row c`, `stalls c 12`, `214 f`.

/** @typedef {import("./house.js").House} House */
/** @typedef {import("./house.js").Section} Section */
/** @typedef {import("./house.js").Row} Row */

/** What a section has of what was typed: all of it, or some rows, or in them some seats. @typedef {{ section: Section, rows: Row[] | null, number: string }} Found */

/** Words that say what a word is, and not which. */
const KINDS = new Set(["row", "rows", "seat", "seats", "section", "no", "number"]);

/** @param {string} text */
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * The sections that fit, in their order; all of them where nothing is typed.
 *
 * Each word is part of the section's name, or the row, or after a row the seat.
 * @param {House} house
 * @param {string} typed
 * @returns {Found[]}
 */
export function find(house, typed) {
  const words = fold(typed).split(/[\s,.;:/·-]+/).filter((word) => word && !KINDS.has(word));
  return house.sections.map((section) => fits(section, words)).filter((found) => found !== null);
}

/** @param {Section} section @param {string[]} words @returns {Found | null} */
function fits(section, words) {
  const name = fold(section.label).split(/\s+/);
  // A single letter is a row, unless the section is called so.
  const rest = words.filter((word) => (word.length === 1 ? !name.includes(word) : !name.some((part) => part.startsWith(word))));
  if (rest.length === 0) return { section, rows: null, number: "" };
  if (rest.length > 2) return null;
  const rows = section.rows.filter((row) => fold(row.label) === rest[0]);
  return rows.length > 0 ? { section, rows, number: rest[1] ?? "" } : null;
}
