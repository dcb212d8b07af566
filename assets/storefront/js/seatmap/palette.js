// Colours of the map: price by colour, status by shape. The four keep apart in every kind of colour vision, by day and by night; where the
// reader has colours of their own, those are taken.

/** @typedef {{ paper: string, ink: string, quiet: string, sold: string, empty: string, mine: string, onMine: string, onColour: string, stage: string, onStage: string, colours: string[], tints: string[] }} Look */

/** @type {Look} */
const DAY = {
  paper: "#FFFFFF", ink: "#1B2230", quiet: "#5B6579", sold: "#D5DAE1", empty: "#EEF0F4", mine: "#1B2230", onMine: "#FFFFFF", onColour: "#FFFFFF", stage: "#1B2230", onStage: "#FFFFFF",
  colours: ["#2222E6", "#17996E", "#9A36B2", "#CE4700"], tints: ["#ECEDFF", "#E2F4EC", "#F6E9F9", "#FBEBE3"],
};
/** @type {Look} */
const NIGHT = {
  paper: "#171C26", ink: "#ECEFF5", quiet: "#9BA6B8", sold: "#3A4353", empty: "#222936", mine: "#FFFFFF", onMine: "#11151D", onColour: "#11151D", stage: "#3A4353", onStage: "#ECEFF5",
  colours: ["#8A8EFF", "#2FBF8F", "#CF74E6", "#F08272"], tints: ["#22254A", "#15372D", "#3A2442", "#43272A"],
};
/** @type {Look} */
const FORCED = {
  paper: "Canvas", ink: "CanvasText", quiet: "CanvasText", sold: "GrayText", empty: "Canvas", mine: "Highlight", onMine: "HighlightText", onColour: "Canvas", stage: "CanvasText", onStage: "Canvas",
  colours: ["LinkText", "CanvasText", "LinkText", "CanvasText"], tints: ["Canvas", "Canvas", "Canvas", "Canvas"],
};

const forced = matchMedia("(forced-colors: active)"), night = matchMedia("(prefers-color-scheme: dark)");

/** The colours for now. @returns {Look} */
export function look() { return forced.matches ? FORCED : night.matches ? NIGHT : DAY; }

/** @param {() => void} changed called when night falls or day breaks */
export function watchLook(changed) { for (const media of [forced, night]) media.addEventListener("change", changed); }

/** A tier's place: `1` is 0. Beyond four the colours come again. @param {string} tier */
function place(tier) { return "123456789abcdefghijklmnopqrstuvwxyz".indexOf(tier); }
/** @param {string} tier */
export function colour(tier) { return look().colours[Math.max(0, place(tier)) % 4]; }
/** @param {string} tier */
export function tint(tier) { return look().tints[Math.max(0, place(tier)) % 4]; }
/** Whether the colour is used the second time round: such seats have a light core. @param {string} tier */
export function cored(tier) { return place(tier) >= 4; }
/** 1..=8, for style sheets. @param {string} tier */
export function colourClass(tier) { return (Math.max(0, place(tier)) % 8) + 1; }
