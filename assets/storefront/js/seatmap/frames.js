// Binary frames of live seats. Numbers are varints; see GET /v1/events/{id}/live in the API's document.

/**
 * What a frame says: from which version it goes on, that all seats are to be read again, what changed, or the whole.
 * @typedef {{ kind: "position" | "reset" | "changes" | "whole", version: number, seats: [number, number][], areas: [number, number][], held: [number, number][] }} Frame
 */

const KINDS = /** @type {const} */ (["position", "reset", "whole"]);

/** @param {ArrayBuffer} buffer @returns {Promise<Frame>} */
export async function readFrame(buffer) {
  const bytes = new Uint8Array(buffer), from = { at: 0 }, take = () => varint(bytes, from);
  const version = take(), count = take();
  if (count === 0 && bytes[from.at] === 0) {
    from.at += 1;
    const kind = KINDS[take()];
    return kind === "whole" ? whole(bytes, from, version) : { kind: kind ?? "reset", version, seats: [], areas: [], held: [] };
  }
  /** @type {[number, number][]} */ const seats = [];
  for (let n = 0, seat = 0; n < count; n++) {
    const packed = take();
    seat += Math.floor(packed / 4);
    seats.push([seat, packed % 4]);
  }
  return { kind: "changes", version, seats, areas: places(bytes, from), held: places(bytes, from) };
}

/** Areas with places: their count, then gap and places of each; none where the frame ends. @param {Uint8Array} bytes @param {{ at: number }} from */
function places(bytes, from) {
  /** @type {[number, number][]} */ const areas = [];
  for (let left = from.at < bytes.length ? varint(bytes, from) : 0, area = 0; left > 0; left--) areas.push([area += varint(bytes, from), varint(bytes, from)]);
  return areas;
}

/** @param {Uint8Array} bytes @param {{ at: number }} from @param {number} version @returns {Promise<Frame>} */
async function whole(bytes, from, version) {
  // Who cannot inflate reads all seats again.
  if (!("DecompressionStream" in window)) return { kind: "reset", version, seats: [], areas: [], held: [] };
  const take = () => varint(bytes, from);
  /** @type {[number, number][]} */ const areas = Array.from({ length: take() }, (_, area) => [area, take()]);
  const count = take();
  const inflated = new Blob([bytes.slice(from.at)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const states = new Uint8Array(await new Response(inflated).arrayBuffer());
  /** @type {[number, number][]} */ const seats = Array.from({ length: count }, (_, seat) => [seat, (states[seat >> 2] >> (seat % 4) * 2) & 3]);
  const behind = { at: Math.ceil(count / 4) };
  /** @type {[number, number][]} */ const held = areas.map(([area]) => [area, varint(states, behind)]);
  return { kind: "whole", version, seats, areas, held };
}

/** @param {Uint8Array} bytes @param {{ at: number }} from */
function varint(bytes, from) {
  let number = 0, place = 1;
  for (;;) {
    const byte = bytes[from.at++];
    if (byte === undefined) throw new Error("a frame ends early");
    number += (byte & 127) * place;
    if (byte < 128) return number;
    place *= 128;
  }
}
