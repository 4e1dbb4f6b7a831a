// What moves in each beat of the plane, and the figures beside it.
// @ts-check
{
  const known = JSON.parse(String(document.getElementById('figures')?.textContent));
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const panels = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.panel')]);
  /** @type {{panel: HTMLElement, plane: any}[]} */
  let models = [];
  let playing = 0;
  let beat = 1;

  /** @param {number} value */
  const percent = (value) => `${(100 * value).toFixed(1)}%`;
  /** As `serve/page/story/words.py` says it. @param {number} sure @param {number} right */
  const gap = (sure, right) => {
    const points = (100 * Math.abs(sure - right)).toFixed(1);
    if (points === '0.0') return 'neither overconfident nor underconfident';
    return `${sure > right ? 'overconfident' : 'underconfident'} by ${points} points`;
  };

  /** @param {HTMLElement} panel @param {{sure: number, right: number}} now @param {string} tag */
  const say = (panel, now, tag) => {
    /** @type {Record<string, string>} */
    const texts = { sure: percent(now.sure), right: percent(now.right), gap: gap(now.sure, now.right), tag };
    for (const [name, text] of Object.entries(texts)) {
      const place = panel.querySelector(`[data-${name}]`);
      if (place) place.textContent = text;
    }
  };

  /** @param {number} time @param {number} from @param {number} to milliseconds */
  const share = (time, from, to) => Math.min(1, Math.max(0, (time - from) / (to - from)));
  /** @param {number} x Slow at both ends. */
  const eased = (x) => x * x * (3 - 2 * x);

  /** @type {Record<number, {takes: number, draw: (time: number) => void}>} */
  const plays = {
    2: {
      takes: 3600,
      draw: (time) => models.forEach(({ panel, plane }) => {
        plane.grains(share(time, 0, 2400), 0.75);
        const now = plane.bins(0, eased(share(time, 2500, 3500)));
        plane.points.setAttribute('opacity', share(time, 2100, 2500));
        say(panel, now, 'as trained, T = 1');
      }),
    },
    3: {
      takes: 3200,
      draw: (time) => models.forEach(({ panel, plane }) => {
        plane.grains(1, 0.75 * (1 - share(time, 0, 500)));
        plane.points.setAttribute('opacity', 1);
        const now = plane.bins(eased(share(time, 700, 3100)), 1);
        say(panel, now, `T = ${now.t.toFixed(2)}`);
      }),
    },
    4: {
      takes: 5200,
      draw: (time) => models.forEach(({ panel, plane }) => {
        plane.grains(1, 0);
        plane.points.setAttribute('opacity', share(time, 0, 400));
        const severity = 5 * share(time, 700, 5100);
        say(panel, plane.corrupted(severity), `as trained, at severity ${Math.round(severity)}`);
      }),
    },
  };

  /** Measure the panels, which have a size only where they are shown. */
  const fit = () => {
    models = plays[beat] ? panels.map((panel) => {
      const svg = /** @type {SVGSVGElement} */ (panel.querySelector('svg'));
      return { panel, plane: new window.twPlane(svg, known.figures[String(panel.dataset.model)]) };
    }) : [];
  };
  const finish = () => {
    playing = 0;
    if (plays[beat]) plays[beat].draw(plays[beat].takes);
    document.documentElement.dataset.drawn = String(beat);
  };

  /** Show a beat, in movement unless the reader wants none. @param {number} number */
  window.twPlay = (number) => {
    cancelAnimationFrame(playing);
    beat = number;
    delete document.documentElement.dataset.drawn;
    const moves = Boolean(plays[beat]) && panels.length > 0 && !still.matches;
    const again = /** @type {HTMLElement} */ (document.querySelector('[data-do=again]'));
    again.hidden = !moves;
    fit();
    if (!moves) {
      finish();
      return;
    }
    const started = performance.now();
    /** @param {number} now */
    const step = (now) => {
      const time = Math.max(0, now - started);
      if (time >= plays[beat].takes) {
        finish();
        return;
      }
      plays[beat].draw(time);
      playing = requestAnimationFrame(step);
    };
    step(started);
  };

  let size = '';
  window.addEventListener('resize', () => {
    if (size === `${innerWidth} ${innerHeight}`) return;
    size = `${innerWidth} ${innerHeight}`;
    fit();
    if (!playing) finish(); // else the next step draws at the new size
  });
}
