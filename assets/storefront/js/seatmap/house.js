// The house: a map's geometry, flattened into arrays by seat index, and the index of what stands where.

/**
 * @typedef {{ id: string, label: string, tier: string, outline: number[], first: number, count: number, rows: Row[], box: Box, centre: [number, number] }} Section
 * @typedef {{ label: string, first: number, count: number }} Row
 * @typedef {{ id: string, label: string, tier: string, outline: number[], centre: [number, number], box: Box, available: number, held: number, capacity: number }} Area
 * @typedef {{ label: string, box: Box }} Floor
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Box
 */

/** Free, held, sold, kept back: the numbers behind the letters of `states`. */
export const FREE = 0, HELD = 1, SOLD = 2, BLOCKED = 3;
const LETTERS = { A: FREE, H: HELD, S: SOLD, B: BLOCKED };
const WORDS = { available: FREE, held: HELD, sold: SOLD, blocked: BLOCKED };

/** @param {string} said a letter or a word */
export function stateOf(said) {
  return /** @type {Record<string, number>} */ ({ ...LETTERS, ...WORDS })[said] ?? BLOCKED;
}

export class House {
  /** @param {any} file the compact geometry: tenths of a map unit, differences within a row */
  constructor(file) {
    /** @type {Section[]} */ this.sections = [];
    /** @type {Area[]} */ this.areas = [];
    const count = file.seats;
    this.count = count;
    this.x = new Float32Array(count);
    this.y = new Float32Array(count);
    this.sectionOf = new Uint16Array(count);
    this.rowOf = new Uint32Array(count);
    this.wheel = new Uint8Array(count);
    /** Of a wheelchair space its companion's seat, of that seat the space; -1 of all others. */
    this.partner = new Int32Array(count).fill(-1);
    this.state = new Uint8Array(count).fill(BLOCKED);
    /** Tier ids by seat, as character codes. */
    this.tier = new Uint8Array(count);
    /** @type {string[]} */ this.number = new Array(count);
    /** @type {Row[]} */ this.rows = [];
    /** Where it has several. @type {Floor[]} */
    this.floors = (file.floors ?? []).map((/** @type {any} */ floor) => ({ label: floor.label, box: boxOf(points(floor.bounds)) }));
    this.stage = file.stage ? stageOf(file.stage.label, points(file.stage.outline)) : null;
    this.#read(file);
    this.#enclose();
    this.pitch = this.#measurePitch();
    // A floor's name stands above it.
    for (const { box } of this.floors) grow(this.box, box.left, box.top - 2 * this.pitch);
    for (const section of this.sections) if (section.outline.length < 6) section.outline = hull(this, section, this.pitch * 0.9);
    this.#index();
  }

  /** @param {any} file */
  #read(file) {
    let seat = 0;
    for (const from of file.sections) {
      /** @type {Section} */
      const section = { id: from.id, label: from.label, tier: from.tier, outline: points(from.outline ?? []), first: seat, count: 0, rows: [], box: empty(), centre: [0, 0] };
      for (const line of from.rows) {
        const row = { label: line.label, first: seat, count: line.x.length };
        let x = 0, y = 0;
        for (let n = 0; n < row.count; n++, seat++) {
          this.x[seat] = (x += line.x[n]) / 10;
          this.y[seat] = (y += line.y[n]) / 10;
          this.sectionOf[seat] = this.sections.length;
          this.rowOf[seat] = this.rows.length;
          this.number[seat] = line.numbers ? line.numbers[n] : String(line.from + n * line.step);
          grow(section.box, this.x[seat], this.y[seat]);
        }
        for (const n of line.wheel ?? []) this.wheel[row.first + n] = 1;
        section.rows.push(row);
        this.rows.push(row);
      }
      section.count = seat - section.first;
      this.sections.push(section);
    }
    for (const [space, companion] of file.pairs ?? []) {
      this.partner[space] = companion;
      this.partner[companion] = space;
    }
    for (const from of file.areas) {
      const outline = points(from.outline ?? []);
      this.areas.push({ id: from.id, label: from.label, tier: from.tier, outline, box: boxOf(outline), centre: settled(outline, middle(outline)), available: 0, held: 0, capacity: from.capacity });
    }
  }

  #enclose() {
    this.box = empty();
    for (const section of this.sections) {
      for (let n = 0; n < section.outline.length; n += 2) grow(section.box, section.outline[n], section.outline[n + 1]);
      section.centre = section.outline.length >= 6 ? middle(section.outline) : [(section.box.left + section.box.right) / 2, (section.box.top + section.box.bottom) / 2];
      join(this.box, section.box);
    }
    for (const area of this.areas) if (area.outline.length) join(this.box, area.box);
    if (this.stage) join(this.box, boxOf(this.stage.outline));
    if (!Number.isFinite(this.box.left)) this.box = { left: 0, top: 0, right: 100, bottom: 100 };
  }

  /** The usual distance of neighbours, beside or behind: the median over a sample of rows. */
  #measurePitch() {
    const gaps = [], behind = [];
    for (const section of this.sections) {
      for (let n = 1; n < section.rows.length && behind.length < 400; n++) behind.push(this.#apart(section.rows[n - 1], section.rows[n]));
    }
    behind.sort((a, b) => a - b);
    for (const row of this.rows) {
      for (let n = row.first + 1; n < row.first + Math.min(row.count, 6); n++) gaps.push(Math.hypot(this.x[n] - this.x[n - 1], this.y[n] - this.y[n - 1]));
      if (gaps.length > 2000) break;
    }
    gaps.sort((a, b) => a - b);
    return Math.min(gaps[gaps.length >> 1] || 10, (behind[behind.length >> 1] || Infinity) * 1.08);
  }

  /** How far the middle of one row is from the nearest seat of another. @param {Row} row @param {Row} other */
  #apart(row, other) {
    const at = row.first + (row.count >> 1);
    let least = Infinity;
    for (let seat = other.first; seat < other.first + other.count; seat++) least = Math.min(least, Math.hypot(this.x[seat] - this.x[at], this.y[seat] - this.y[at]));
    return least;
  }

  /** A grid of cells two seats wide, counted and filled, so that a point finds its seats at once. */
  #index() {
    this.cell = this.pitch * 2;
    this.columns = Math.max(1, Math.ceil((this.box.right - this.box.left) / this.cell) + 1);
    const lines = Math.max(1, Math.ceil((this.box.bottom - this.box.top) / this.cell) + 1);
    this.starts = new Uint32Array(this.columns * lines + 1);
    this.slots = new Uint32Array(this.count);
    for (let seat = 0; seat < this.count; seat++) this.starts[this.#cellOf(seat) + 1]++;
    for (let n = 1; n < this.starts.length; n++) this.starts[n] += this.starts[n - 1];
    const at = this.starts.slice();
    for (let seat = 0; seat < this.count; seat++) this.slots[at[this.#cellOf(seat)]++] = seat;
  }

  /** @param {number} seat */
  #cellOf(seat) {
    return Math.floor((this.y[seat] - this.box.top) / this.cell) * this.columns + Math.floor((this.x[seat] - this.box.left) / this.cell);
  }

  /**
   * Calls `visit` for each seat in the cells that the box touches.
   * @param {Box} box
   * @param {(seat: number) => void} visit
   */
  within(box, visit) {
    const lines = (this.starts.length - 1) / this.columns;
    const from = Math.max(0, Math.floor((box.left - this.box.left) / this.cell)), to = Math.min(this.columns - 1, Math.floor((box.right - this.box.left) / this.cell));
    const top = Math.max(0, Math.floor((box.top - this.box.top) / this.cell)), bottom = Math.min(lines - 1, Math.floor((box.bottom - this.box.top) / this.cell));
    for (let line = top; line <= bottom; line++) {
      const end = this.starts[line * this.columns + to + 1];
      for (let n = this.starts[line * this.columns + from]; n < end; n++) visit(this.slots[n]);
    }
  }

  /**
   * The nearest seat within reach, or -1.
   * @param {number} x
   * @param {number} y
   * @param {number} reach map units
   */
  seatAt(x, y, reach) {
    let best = -1, least = reach * reach;
    this.within({ left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }, (seat) => {
      const far = (this.x[seat] - x) ** 2 + (this.y[seat] - y) ** 2;
      if (far < least) { least = far; best = seat; }
    });
    return best;
  }

  /** @param {number} x @param {number} y */
  sectionAt(x, y) { return this.sections.find((section) => inside(section.outline, x, y)) ?? null; }
  /** @param {number} x @param {number} y */
  isStage(x, y) { return this.stage !== null && inside(this.stage.outline, x, y); }
  /** @param {number} x @param {number} y */
  areaAt(x, y) { return this.areas.find((area) => inside(area.outline, x, y)) ?? null; }
  /** @param {number} seat */
  id(seat) { return `${this.sections[this.sectionOf[seat]].id}-${this.rows[this.rowOf[seat]].label}-${this.number[seat]}`; }
  /** @param {number} seat */
  label(seat) { return `${this.sections[this.sectionOf[seat]].label} · Row ${this.rows[this.rowOf[seat]].label} · Seat ${this.number[seat]}`; }
  /** Seats as people say them: `Stalls · Row C · Seats 5, 6`. @param {number[]} seats */
  told(seats) {
    /** @type {Map<number, string[]>} */
    const rows = new Map();
    for (const seat of [...seats].sort((a, b) => a - b)) rows.set(this.rowOf[seat], [...(rows.get(this.rowOf[seat]) ?? []), this.number[seat]]);
    return [...rows].map(([row, numbers]) => {
      const section = this.sections[this.sectionOf[this.rows[row].first]].label;
      return `${section} · Row ${this.rows[row].label} · Seat${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}`;
    }).join("; ");
  }
  /** Whether a seat is the one beside a wheelchair space, for who comes along. @param {number} seat */
  isCompanion(seat) { return this.partner[seat] >= 0 && this.wheel[seat] === 0; }
  /** @param {number} seat */
  tierOf(seat) { return String.fromCharCode(this.tier[seat]); }

  /** Seat index by id, made when first asked. */
  get byId() { return (this.ids ??= new Map(Array.from({ length: this.count }, (_, seat) => [this.id(seat), seat]))); }

  /**
   * Takes over all states from a snapshot of the seats.
   * @param {any} seats
   */
  take(seats) {
    for (const part of seats.sections) {
      const section = this.sections.find((known) => known.id === part.id);
      if (!section) continue;
      section.label = part.label;
      part.rows.forEach((/** @type {any} */ line, /** @type {number} */ n) => {
        const row = section.rows[n];
        if (!row || row.label !== line.label) return;
        for (let at = 0; at < row.count; at++) {
          this.state[row.first + at] = stateOf(line.states[at]);
          this.tier[row.first + at] = line.tiers.charCodeAt(at);
        }
      });
      if (section.count) section.tier = commonTier(this, section);
    }
    for (const part of seats.areas) {
      const area = this.areas.find((known) => known.id === part.id);
      if (area) Object.assign(area, { available: part.available, held: part.held, capacity: part.capacity, tier: part.tier });
    }
  }
}

/** @param {House} house @param {Section} section */
function commonTier(house, section) {
  const counts = new Map();
  for (let seat = section.first; seat < section.first + section.count; seat++) counts.set(house.tier[seat], (counts.get(house.tier[seat]) ?? 0) + 1);
  return String.fromCharCode([...counts].sort((a, b) => b[1] - a[1])[0][0]);
}

/** @param {number[]} tenths */
function points(tenths) { return tenths.map((n) => n / 10); }
/** @returns {Box} */
function empty() { return { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }; }
/** @param {Box} box @param {number} x @param {number} y */
function grow(box, x, y) {
  box.left = Math.min(box.left, x); box.right = Math.max(box.right, x);
  box.top = Math.min(box.top, y); box.bottom = Math.max(box.bottom, y);
}
/** @param {Box} box @param {Box} other */
function join(box, other) { grow(box, other.left, other.top); grow(box, other.right, other.bottom); }
/** @param {number[]} outline */
function boxOf(outline) { const box = empty(); for (let n = 0; n < outline.length; n += 2) grow(box, outline[n], outline[n + 1]); return box; }

/** The centroid of a polygon. @param {number[]} outline @returns {[number, number]} */
function middle(outline) {
  let area = 0, x = 0, y = 0;
  for (let n = 0, m = outline.length - 2; n < outline.length; m = n, n += 2) {
    const cross = outline[m] * outline[n + 1] - outline[n] * outline[m + 1];
    area += cross; x += (outline[m] + outline[n]) * cross; y += (outline[m + 1] + outline[n + 1]) * cross;
  }
  return area ? [x / (3 * area), y / (3 * area)] : [outline[0] ?? 0, outline[1] ?? 0];
}

/** @param {string} label @param {number[]} outline */
function stageOf(label, outline) {
  const box = boxOf(outline);
  return { label, outline, box, centre: settled(outline, [(box.left + box.right) / 2, (box.top + box.bottom) / 2]) };
}

/** A point moved up or down into the middle of the shape: what is bent has its centroid beside itself. @param {number[]} outline @param {[number, number]} point @returns {[number, number]} */
function settled(outline, [x, y]) {
  const cuts = [];
  for (let n = 0, m = outline.length - 2; n < outline.length; m = n, n += 2) {
    const [ax, ay, bx, by] = [outline[m], outline[m + 1], outline[n], outline[n + 1]];
    if (ax > x !== bx > x) cuts.push(ay + ((by - ay) * (x - ax)) / (bx - ax));
  }
  cuts.sort((a, b) => a - b);
  let middle = y, most = 0;
  for (let n = 0; n + 1 < cuts.length; n += 2) {
    if (cuts[n + 1] - cuts[n] > most) [middle, most] = [(cuts[n] + cuts[n + 1]) / 2, cuts[n + 1] - cuts[n]];
  }
  return [x, middle];
}

/** Even-odd rule. @param {number[]} outline @param {number} x @param {number} y */
function inside(outline, x, y) {
  let within = false;
  for (let n = 0, m = outline.length - 2; n < outline.length; m = n, n += 2) {
    if (outline[n + 1] > y !== outline[m + 1] > y && x < ((outline[m] - outline[n]) * (y - outline[n + 1])) / (outline[m + 1] - outline[n + 1]) + outline[n]) within = !within;
  }
  return within;
}

/** The convex hull of a section's seats, a little wider (Andrew's monotone chain). @param {House} house @param {Section} section @param {number} wider @returns {number[]} */
function hull(house, section, wider) {
  /** @type {[number, number][]} */
  const all = [];
  for (let seat = section.first; seat < section.first + section.count; seat++) {
    for (const [dx, dy] of [[-wider, -wider], [wider, -wider], [wider, wider], [-wider, wider]]) all.push([house.x[seat] + dx, house.y[seat] + dy]);
  }
  all.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (/** @type {[number, number][]} */ from) => {
    /** @type {[number, number][]} */
    const chain = [];
    for (const p of from) {
      while (chain.length > 1 && (chain.at(-1)[0] - chain.at(-2)[0]) * (p[1] - chain.at(-2)[1]) - (chain.at(-1)[1] - chain.at(-2)[1]) * (p[0] - chain.at(-2)[0]) <= 0) chain.pop();
      chain.push(p);
    }
    return chain.slice(0, -1);
  };
  return [...half(all), ...half(all.reverse())].flat();
}
