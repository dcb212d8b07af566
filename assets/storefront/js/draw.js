// Checks the draw: the seed is the one that was sealed before the start, and everybody stands where it puts him.
import { one } from "./base.js";

const box = one("#draw"), verdict = one("[data-verdict]", box);
const bytes = (/** @type {string} */ text) => Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
const text = (/** @type {ArrayBuffer} */ buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {{ seed: string, order: string[] }} told */
async function check({ seed, order }) {
  if (!crypto.subtle) return "This browser checks only on https. The command boxoffice queue verify does it anywhere.";
  if (text(await crypto.subtle.digest("SHA-256", bytes(seed))) !== box.dataset.hash) return "The seed is not the one that was sealed.";
  const key = await crypto.subtle.importKey("raw", bytes(seed), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  let before = "";
  for (const [at, holder] of order.entries()) {
    const lot = text(await crypto.subtle.sign("HMAC", key, bytes(holder)));
    if (lot <= before) return `Place ${at + 1} is not where the seed puts it.`;
    before = lot;
  }
  const mine = order.indexOf(String(box.dataset.mark)) + 1;
  return `All ${order.length} places are where the sealed seed puts them. ${mine > 0 ? `You were drawn at place ${mine}.` : "You came after the start, so you are behind them."}`;
}

one("[data-check]", box).addEventListener("click", async () => {
  verdict.textContent = "Checking…";
  try {
    const answer = await fetch(String(box.dataset.order));
    verdict.textContent = answer.ok ? await check(await answer.json()) : "The order is not published yet.";
  } catch {
    verdict.textContent = "The order could not be read. Try again in a moment.";
  }
});
