// The seats as they are now: one snapshot, then frames of what changed since, through a WebSocket where there is one, else as
// Server-Sent Events. The stream is opened first; what comes before the snapshot waits for it. A gap is healed by a new snapshot, asked for until it comes.
import { readFrame } from "./frames.js";
import { FREE, stateOf } from "./house.js";

/** @typedef {import("./house.js").House} House */
/** @typedef {{ after?: number, version: number, seats: [number, number][], areas: [number, number][], held: [number, number][] }} Change */

/** A socket that failed so often before it opened is not tried again. */
const TRIES = 2;
/** Snapshots older than the stream that are read in quick succession. */
const LAGS = 5;
/** Changes that wait for a snapshot; beyond them one as new as the last of them is waited for. */
const EARLY = 1_000;

export class Live {
  /**
   * @param {string} event
   * @param {House} house
   * @param {{ snapshot: (seats: any) => void, changed: (seats: number[]) => void, free: (seats: number) => void, status: (live: boolean) => void }} to
   */
  constructor(event, house, to) {
    this.event = event;
    this.house = house;
    this.to = to;
    this.version = -1;
    /** What is streamed follows on this version: an older snapshot would leave a gap. */
    this.from = 0;
    /** Changes that came while the snapshot was read. @type {Change[]} */
    this.early = [];
    /** @type {Promise<void> | null} */ this.loading = null;
    this.failed = 0;
    /** Whether the stream is open. */
    this.heard = false;
    /** How it is told: by a socket or by events. @type {"" | "socket" | "events"} */
    this.way = "";
    /** @type {() => void} */ this.close = () => {};
    this.left = false;
    window.addEventListener("pagehide", () => { this.left = true; this.close(); }, { once: true });
  }

  async start() {
    this.#listen();
    await this.load();
  }

  /** Reads all seats until they are there and as new as the stream; who asks meanwhile waits for the same. */
  load() {
    this.loading ??= this.#read().catch((fault) => { this.loading = null; throw fault; });
    return this.loading;
  }

  async #read() {
    for (let tries = 0; !this.left; tries++) {
      const seats = await this.#seats();
      if (seats && seats.version >= this.from) return this.#begin(seats);
      if (!seats) this.to.status(false);
      // A node that lags behind the one that streams is there in a moment; one that fails is left in peace, and not by all at once.
      await pause(seats && tries < LAGS ? 500 : 2_000 + Math.random() * 3_000);
    }
  }

  /** All seats; null where they cannot be had just now. */
  async #seats() {
    const answer = await fetch(`/v1/events/${this.event}/seats`, { cache: "no-cache" }).catch(() => null);
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) throw new Error(`seats: ${answer.status}`);
    return answer?.ok ? answer.json().catch(() => null) : null;
  }

  /** @param {any} seats */
  #begin(seats) {
    this.loading = null;
    this.version = seats.version;
    this.house.take(seats);
    this.to.snapshot(seats);
    // Before anyone else may come between: what waited follows on the snapshot.
    for (const change of this.early.splice(0)) if (change.version > this.version) this.#show(change);
    this.#count();
    this.to.status(this.heard);
  }

  #listen() {
    if (this.left) return;
    if ("WebSocket" in window && this.failed < TRIES) this.#socket();
    else this.#events();
  }

  #socket() {
    const url = new URL(`/v1/events/${this.event}/live`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (this.version >= 0) url.searchParams.set("after", String(this.version));
    let opened = false;
    /** One after the other: some frames are inflated first. */
    let done = Promise.resolve();
    const socket = new WebSocket(url, "boxoffice.binary");
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { opened = true; this.failed = 0; this.#hears("socket"); };
    socket.onmessage = (message) => { done = done.then(() => readFrame(message.data)).then((frame) => this.#take(frame)).catch(() => socket.close()); };
    socket.onclose = ({ code }) => {
      this.#hears("");
      if (!opened) this.failed += 1;
      // All who were sent away at once come back over half a minute.
      const most = code === 1012 ? 30_000 : 3_000;
      window.setTimeout(() => this.#listen(), opened ? 500 + Math.random() * most : 0);
    };
    this.close = () => { socket.onclose = null; socket.close(); };
  }

  #events() {
    // The browser itself comes back with Last-Event-ID after a break.
    const source = new EventSource(`/v1/events/${this.event}/seats/stream${this.version >= 0 ? `?after=${this.version}` : ""}`);
    source.onmessage = (message) => {
      const { after, version, seats, areas } = JSON.parse(message.data);
      const place = (/** @type {string} */ id) => this.house.areas.findIndex((known) => known.id === id);
      this.#take({
        kind: "changes",
        after,
        version,
        seats: seats.map((/** @type {any} */ seat) => [seat.index, stateOf(seat.state)]),
        areas: areas.map((/** @type {any} */ area) => [place(area.id), area.available]),
        held: areas.filter((/** @type {any} */ area) => area.held !== undefined).map((/** @type {any} */ area) => [place(area.id), area.held]),
      });
    };
    source.addEventListener("reset", (message) => this.#take({ kind: "reset", version: JSON.parse(message.data).version, seats: [], areas: [], held: [] }));
    source.onopen = () => this.#hears("events");
    source.onerror = () => {
      this.#hears("");
      if (source.readyState === EventSource.CLOSED) window.setTimeout(() => this.#listen(), 2_000 + Math.random() * 3_000);
    };
    this.close = () => source.close();
  }

  /** Says whether the map is live: it hears the stream, and its seats are as new. @param {"" | "socket" | "events"} way */
  #hears(way) {
    this.heard = way !== "";
    if (this.heard) this.way = way;
    this.to.status(this.heard && !this.#behind());
  }

  /** Whether a snapshot is waited for. */
  #behind() { return this.loading !== null || this.version < this.from; }

  /** @param {import("./frames.js").Frame & { after?: number }} frame */
  #take(frame) {
    const gap = frame.kind === "reset" || (frame.kind === "position" && this.version >= 0 && frame.version > this.version)
      || (frame.kind === "changes" && this.version >= 0 && (frame.after ?? 0) > this.version && !this.#behind());
    if (gap || frame.kind === "position") this.#from(frame.version);
    else if (this.#behind()) this.#wait(frame);
    else if (frame.version > this.version) { this.#show(frame); this.#count(); }
    if (gap) this.load().catch(() => this.to.status(false));
  }

  /** The stream goes on behind this version; what waits and is older is in any snapshot of it. @param {number} version */
  #from(version) {
    this.from = version;
    this.early = this.early.filter((change) => change.version > version);
  }

  /** @param {Change} change */
  #wait(change) {
    if (this.early.length >= EARLY) return this.#from(change.version);
    // A stream of events names no position: its first change says on which version it follows.
    if (this.early.length === 0) this.from = Math.max(this.from, change.after ?? 0);
    this.early.push(change);
  }

  /** @param {Change} change */
  #show(change) {
    this.version = change.version;
    for (const [seat, state] of change.seats) this.house.state[seat] = state;
    for (const [area, free] of change.areas) if (this.house.areas[area]) this.house.areas[area].available = free;
    for (const [area, held] of change.held) if (this.house.areas[area]) this.house.areas[area].held = held;
    this.to.changed(change.seats.map(([seat]) => seat));
  }

  #count() {
    let free = 0;
    for (const state of this.house.state) if (state === FREE) free += 1;
    this.to.free(free);
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => window.setTimeout(done, ms));
