// A model's plane: confidence from left to right, accuracy from bottom to top, one unit a pixel.
// @ts-check
{
  const BINS = 15;
  const WAVES = 20; // the grains fall one part after the other
  const LANES = 3; // neighbouring bins in different parts, so that no line of grains is seen to fall
  const HIGHEST_PILE = 0.4; // of the plane
  const FEW = 10; // pictures; a bin of fewer is drawn pale, as in the tab Calibration
  /** @typedef {[number, number, number] | null} Bin pictures, confidence, accuracy */
  /** @typedef {{t: number, sure: number, bins: Bin[]}} Frame */
  /** @typedef {[number, number]} Place confidence, accuracy */
  /** @typedef {{accuracy: number, frames: Frame[], corrupted: Record<string, Place[]>}} Figures */

  /**
   * @param {Element} parent @param {string} name
   * @param {Record<string, string | number>} attributes @param {string} [text]
   */
  const add = (parent, name, attributes, text) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  /** @param {number} from @param {number} to @param {number} share */
  const between = (from, to, share) => from + (to - from) * share;
  /** @param {number} value */
  const unit = (value) => Math.min(1, Math.max(0, value));

  /** Draws one model's figures into an SVG element that has a size on the screen. */
  class Plane {
    /** @param {SVGSVGElement} svg @param {Figures} figures */
    constructor(svg, figures) {
      this.svg = svg;
      this.figures = figures;
      this.square = svg.dataset.marker === 'square';
      this.fit();
    }

    /** Take the size of the element, and draw the axes anew. */
    fit() {
      const { width, height } = this.svg.getBoundingClientRect();
      this.width = Math.max(120, width);
      this.height = Math.max(120, height);
      this.small = Math.min(this.width, this.height) < 320;
      this.left = this.small ? 54 : 60;
      this.bottom = this.small ? 40 : 54;
      this.right = this.small ? 12 : 20;
      this.top = this.small ? 12 : 20;
      this.svg.setAttribute('viewBox', `0 0 ${this.width} ${this.height}`);
      this.svg.replaceChildren();
      this.axes();
      const clip = `fall-${this.square}`;
      add(add(this.svg, 'clipPath', { id: clip }), 'rect', {
        x: 0, y: this.y(1), width: this.width, height: this.y(0) - this.y(1),
      });
      const fall = add(this.svg, 'g', { 'clip-path': `url(#${clip})` });
      this.sand = add(fall, 'g', { class: 'sand', opacity: 0 });
      this.points = add(this.svg, 'g', {});
      /** @type {Element[] | null} */
      this.waves = null;
    }

    /** @param {number} value */
    x(value) { return between(this.left, this.width - this.right, value); }

    /** @param {number} value */
    y(value) { return between(this.height - this.bottom, this.top, value); }

    axes() {
      for (const value of this.small ? [0, 0.5, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1]) {
        const text = `${Math.round(100 * value)}%`;
        add(this.svg, 'path', { class: 'grid', d: `M${this.x(0)} ${this.y(value)}H${this.x(1)}` });
        add(this.svg, 'text', { class: 'tick end', x: this.left - 6, y: this.y(value) + 5 }, text);
        add(this.svg, 'text', {
          class: value === 1 ? 'tick end' : 'tick middle',
          x: value === 1 ? this.width : this.x(value),
          y: this.height - this.bottom + 18,
        }, text);
      }
      const line = `M${this.x(0)} ${this.y(0)}L${this.x(1)} ${this.y(1)}`;
      add(this.svg, 'path', { class: 'ideal', d: line });
      add(this.svg, 'text', { class: 'name middle', x: this.x(0.5), y: this.height - 4 },
        'confidence');
      add(this.svg, 'text', {
        class: 'name middle', transform: `translate(13 ${this.y(0.5)}) rotate(-90)`,
      }, 'accuracy');
      add(this.svg, 'text', { class: 'side', x: this.x(0.04), y: this.y(0.92) }, 'underconfident');
      add(this.svg, 'text', { class: 'side end', x: this.x(0.85), y: this.y(0.13) },
        'overconfident');
    }

    /** Every test picture as a grain in its bin, in parts that fall one after the other. */
    pile() {
      const bins = this.figures.frames[0].bins;
      const wide = (this.x(1) - this.x(0)) / BINS;
      const high = HIGHEST_PILE * (this.y(0) - this.y(1));
      const most = Math.max(...bins.map((bin) => (bin ? bin[0] : 0)));
      const pitch = Math.min(4, Math.sqrt((0.9 * wide * high) / most));
      const across = Math.max(1, Math.floor((0.9 * wide) / pitch));
      const parts = Array.from({ length: LANES * WAVES }, () => /** @type {string[]} */ ([]));
      let seed = 1;
      bins.forEach((bin, place) => {
        for (let grain = 0; bin && grain < bin[0]; grain += 1) {
          seed = (seed * 16807) % 2147483647; // the same grains each time
          const up = Math.floor(grain / across);
          const rows = Math.ceil(bin[0] / across);
          const chance = seed / 2147483647;
          // From the bottom up, but a bin of few rows fills at any time.
          const order = between(chance, up / rows, 0.75 * unit(rows / WAVES));
          const part = LANES * Math.min(WAVES - 1, Math.floor(WAVES * order)) + (place % LANES);
          const x = this.x(place / BINS) + 0.05 * wide + (grain % across) * pitch;
          const y = this.y(0) - (up + 0.5) * pitch;
          parts[part].push(`M${x.toFixed(1)} ${y.toFixed(1)}h${(0.85 * pitch).toFixed(2)}`);
        }
      });
      return parts.map((part) => add(/** @type {Element} */ (this.sand), 'path', {
        d: part.join(''), 'stroke-width': (0.85 * pitch).toFixed(2),
      }));
    }

    /** How far the grains have fallen, 0 to 1, and how visible they are. @param {number} fallen @param {number} shown */
    grains(fallen, shown) {
      if (!this.waves && shown > 0) this.waves = this.pile();
      this.sand?.setAttribute('opacity', String(shown));
      (this.waves || []).forEach((wave, number) => {
        const own = unit((fallen - (0.6 * number) / (LANES * WAVES)) / 0.4);
        const above = -(this.height) * (1 - own * own);
        wave.setAttribute('transform', `translate(0 ${above.toFixed(1)})`);
        wave.setAttribute('visibility', own > 0 ? 'visible' : 'hidden');
      });
    }

    /**
     * A point with its distance to the line, which is as wide as the point weighs.
     * @param {Place} place @param {number} size pixels @param {boolean} few Hardly a measurement.
     */
    point([sure, right], size, few = false) {
      const [x, y, ideal] = [this.x(sure), this.y(right), this.y(sure)];
      const points = /** @type {Element} */ (this.points);
      const kind = few ? ' few' : '';
      add(points, 'path', {
        class: `off${kind}`, d: `M${x} ${ideal}V${y}`, 'stroke-width': few ? 1.5 : Math.max(3, 0.6 * size),
      });
      if (this.square) {
        add(points, 'rect', {
          class: `point${kind}`, x: x - size, y: y - size, width: 2 * size, height: 2 * size,
        });
      } else add(points, 'circle', { class: `point${kind}`, cx: x, cy: y, r: 1.1 * size });
    }

    /**
     * The bins at a place between the first temperature, 0, and the fitted one, 1.
     * @param {number} share @param {number} lifted 0: where a perfect model's points lie; 1: here
     */
    bins(share, lifted) {
      const { frames } = this.figures;
      const at = share * (frames.length - 1);
      const [one, other] = [frames[Math.floor(at)], frames[Math.ceil(at)]];
      const all = one.bins.reduce((sum, bin) => sum + (bin ? bin[0] : 0), 0);
      const largest = this.small ? 9 : 15;
      this.points?.replaceChildren();
      one.bins.forEach((bin, place) => {
        const next = other.bins[place] || bin;
        const from = bin || next;
        if (!from || !next) return;
        const [n, sure, right] = from.map((value, k) => between(value, next[k], at % 1));
        this.point([sure, between(sure, right, lifted)], Math.max(this.small ? 2.5 : 4, largest * Math.sqrt(n / all)), n < FEW);
      });
      return { sure: between(one.sure, other.sure, at % 1), right: this.figures.accuracy, t: between(one.t, other.t, at % 1) };
    }

    /** The kinds of corruption at a severity, 0 to 5, each with its way. @param {number} severity */
    corrupted(severity) {
      this.points?.replaceChildren();
      const before = Math.floor(severity);
      const ends = Object.entries(this.figures.corrupted).map(([kind, way]) => {
        const next = way[Math.min(before + 1, way.length - 1)];
        const here = /** @type {Place} */ (
          way[before].map((value, k) => between(value, next[k], severity % 1)));
        const points = [...way.slice(0, before + 1), here]
          .map(([sure, right]) => `${this.x(sure)},${this.y(right)}`);
        add(/** @type {Element} */ (this.points), 'polyline', { class: 'way', points: points.join(' ') });
        return { kind, here };
      });
      for (const { kind, here } of ends) this.point(here, this.small ? 4 : 6);
      if (severity === 5) this.names(ends);
      const mean = (/** @type {number} */ k) => (
        ends.reduce((sum, { here }) => sum + here[k], 0) / ends.length);
      return { sure: mean(0), right: mean(1) };
    }

    /**
     * Name the kinds where their names have room, those farthest from the line first.
     * @param {{kind: string, here: Place}[]} ends
     */
    names(ends) {
      const [letter, line, off] = this.small ? [7.6, 14, 9] : [10, 20, 13];
      /** @type {{x: number, y: number, long: number, high: number}[]} */
      const taken = ends.map(({ here }) => (
        { x: this.x(here[0]) - off / 2, y: this.y(here[1]) - off / 2, long: off, high: off }));
      // The distances to the line are taken too.
      taken.push(...ends.map(({ here }) => ({
        x: this.x(here[0]) - 2, y: this.y(Math.max(...here)), long: 4, high: this.y(Math.min(...here)) - this.y(Math.max(...here)),
      })));
      const far = [...ends].sort((a, b) => (a.here[1] - a.here[0]) - (b.here[1] - b.here[0]));
      for (const { kind, here } of far) {
        const [x, y, long] = [this.x(here[0]), this.y(here[1]), letter * kind.length];
        const places = [[x + off, y - line / 2], [x - off - long, y - line / 2],
          [x - long / 2, y + off / 2], [x - long / 2, y - off / 2 - line]];
        const free = places.find(([left, top]) => left > this.x(0) && left + long < this.width
          && top + line < this.y(0) && taken.every((other) => other.x + other.long <= left
            || left + long <= other.x || other.y + other.high <= top || top + line <= other.y));
        if (!free) continue;
        taken.push({ x: free[0], y: free[1], long, high: line });
        add(/** @type {Element} */ (this.points), 'text', {
          class: 'kind middle', x: free[0] + long / 2, y: free[1] + 0.78 * line,
        }, kind);
      }
    }
  }
  window.twPlane = Plane;
}
