// The seats as they are now: one snapshot, then every change by version. A gap is healed by a new snapshot.
import { stateOf } from "./house.js";

/** @typedef {import("./house.js").House} House */
/** @typedef {{ available: number, held: number, sold: number, blocked: number }} Counts */

export class Live {
  /**
   * @param {string} event
   * @param {House} house
   * @param {{ snapshot: (seats: any) => void, changed: (seats: number[]) => void, counts: (counts: Counts) => void, status: (live: boolean) => void }} to
   */
  constructor(event, house, to) {
    this.url = `/v1/events/${event}/seats`;
    this.house = house;
    this.to = to;
    this.version = -1;
    /** Changes that came before the snapshot did. @type {any[]} */
    this.early = [];
  }

  /** Opens the stream first and reads the snapshot then, so that nothing falls between the two. */
  async start() {
    this.#listen();
    await this.load();
  }

  async load() {
    const answer = await fetch(this.url, { cache: "no-cache" });
    if (!answer.ok) throw new Error(`seats: ${answer.status}`);
    const seats = await answer.json();
    this.version = seats.version;
    this.house.take(seats);
    this.to.snapshot(seats);
    this.to.counts(seats.counts);
    for (const change of this.early.splice(0)) this.#apply(change);
  }

  #listen() {
    // The browser itself comes back with Last-Event-ID after a break.
    const source = new EventSource(`${this.url}/stream`);
    const take = (/** @type {MessageEvent} */ message) => {
      const change = JSON.parse(message.data);
      change.version ??= Number(message.lastEventId);
      if (this.version < 0) this.early.push(change);
      else this.#apply(change);
    };
    source.onmessage = take;
    for (const name of ["changes", "seats"]) source.addEventListener(name, take);
    source.addEventListener("resync", () => { this.load().catch(() => this.to.status(false)); });
    source.onopen = () => this.to.status(true);
    source.onerror = () => {
      this.to.status(false);
      if (source.readyState === EventSource.CLOSED) window.setTimeout(() => { this.#listen(); this.load().catch(() => {}); }, 2000 + Math.random() * 3000);
    };
    window.addEventListener("pagehide", () => source.close(), { once: true });
  }

  /** @param {any} change */
  #apply(change) {
    if (change.version <= this.version) return;
    if (change.version > this.version + 1) { this.load().catch(() => this.to.status(false)); return; }
    this.version = change.version;
    const touched = [];
    for (const seat of change.seats ?? []) {
      const index = seat.index ?? this.house.byId.get(seat.id);
      if (index === undefined) continue;
      this.house.state[index] = stateOf(seat.state);
      touched.push(index);
    }
    for (const part of change.areas ?? []) {
      const area = this.house.areas.find((known) => known.id === part.id);
      if (area) area.available = part.available;
    }
    this.to.changed(touched);
    if (change.counts) this.to.counts(change.counts);
  }
}
