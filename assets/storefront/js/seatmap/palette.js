// Colours of tiers: price by colour, status by shape. The four keep apart in every kind of colour vision.

const COLOURS = ["#2222E6", "#17996E", "#9A36B2", "#800000"];
const TINTS = ["#ECEDFF", "#E2F4EC", "#F6E9F9", "#F8E7E3"];
export const INK = "#1B2230", QUIET = "#667085", SOLD_FILL = "#D5DAE1", EMPTY_TINT = "#F1F3F6";

/** A tier's place: `1` is 0. Beyond four the colours come again. @param {string} tier */
function place(tier) { return "123456789abcdefghijklmnopqrstuvwxyz".indexOf(tier); }
/** @param {string} tier */
export function colour(tier) { return COLOURS[Math.max(0, place(tier)) % 4]; }
/** @param {string} tier */
export function tint(tier) { return TINTS[Math.max(0, place(tier)) % 4]; }
/** Whether the colour is used the second time round: such seats have a light core. @param {string} tier */
export function cored(tier) { return place(tier) >= 4; }
/** 1..=8, for style sheets. @param {string} tier */
export function colourClass(tier) { return (Math.max(0, place(tier)) % 8) + 1; }
