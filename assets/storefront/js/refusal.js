// A choice that the house refuses, in words, with the way out as a button.

/** @typedef {import("./seatmap/house.js").House} House */
/** @typedef {{ label: string, seats: number[] }} Way a choice to take instead */

/** So many ways out are offered. */
const OFFERED = 3;

/**
 * What to say about a refusal that another choice can answer; nothing for all others.
 * @param {any} told the problem
 * @param {House} house
 * @param {Set<number>} chosen
 * @returns {{ text: string, ways: Way[] } | null}
 */
export function explain(told, house, chosen) {
  const seats = (/** @type {string[] | undefined} */ ids) => (ids ?? []).map((id) => house.byId.get(id)).filter((seat) => seat !== undefined);
  if (told.code === "orphan_seat") {
    const alone = seats(told.seats);
    const text = `That would leave ${alone.length === 1 ? "a seat" : "seats"} that nobody could use with a friend: ${house.told(alone)}. Close the gap, or leave two.`;
    const ways = (told.alternatives ?? []).slice(0, OFFERED).map((/** @type {string[]} */ ids) => seats(ids)).filter((/** @type {number[]} */ way) => way.length > 0);
    return { text, ways: ways.map((/** @type {number[]} */ way) => ({ label: `Take ${house.told(way)}`, seats: way })) };
  }
  if (told.code === "companion_seat") {
    const [companions, spaces] = [seats(told.seats), seats(told.companion_of)];
    const text = `${house.told(companions)} ${companions.length === 1 ? "goes" : "go"} with the wheelchair ${spaces.length === 1 ? "space" : "spaces"} beside.`;
    const without = [...chosen].filter((seat) => !companions.includes(seat));
    const ways = [{ label: `Add ${house.told(spaces)}`, seats: [...chosen, ...spaces] }];
    if (without.length > 0) ways.push({ label: `Leave ${house.told(companions)}`, seats: without });
    return { text, ways };
  }
  return null;
}
