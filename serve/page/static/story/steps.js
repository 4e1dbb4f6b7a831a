// From beat to beat: keys, a clicker, a finger, the mouse, and the browser's Back and Forward.
// @ts-check
{
  const PARAMETER = 'present';
  const FARTHEST = 40; // pixels; a shorter movement of a finger is none
  const root = document.documentElement;
  const known = JSON.parse(String(document.getElementById('figures')?.textContent));
  const dots = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll('[data-step]')]);
  const turns = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll('[data-turn]')]);
  const last = dots.length;
  const now = () => Number(root.dataset.beat);

  // On a Space this page is in a frame, and the address that visitors see is the frame's owner's.
  const tell = () => {
    if (parent === window) return;
    parent.postMessage({ queryString: `${PARAMETER}=${now()}`, hash: '' }, known.framedBy);
  };

  /** Show a beat, and give its heading to a screen reader. @param {number} number */
  const show = (number) => {
    root.dataset.beat = String(number);
    dots.forEach((dot) => {
      if (Number(dot.dataset.step) === number) dot.setAttribute('aria-current', 'step');
      else dot.removeAttribute('aria-current');
    });
    turns.forEach((turn) => {
      const to = number + Number(turn.dataset.turn);
      turn.toggleAttribute('data-end', to < 1 || to > last);
      turn.href = `?${PARAMETER}=${Math.min(last, Math.max(1, to))}`;
    });
    document.getElementById(`heading-${number}`)?.focus({ preventScroll: true });
    window.twPlay(number);
    const main = /** @type {HTMLElement} */ (document.querySelector('main'));
    main.scrollTo(0, 0);
    // Where there is more than the screen holds, the keys can reach it.
    if (main.scrollHeight > main.clientHeight) main.tabIndex = 0;
    else main.removeAttribute('tabindex');
    tell();
  };

  /** @param {number} number What is out of range changes nothing. */
  const go = (number) => {
    if (number < 1 || number > last || number === now()) return;
    history.pushState(null, '', `?${PARAMETER}=${number}`);
    show(number);
  };
  const leave = () => { location.assign(location.pathname); };
  const full = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen();
  };

  window.addEventListener('popstate', () => {
    const number = Number(new URLSearchParams(location.search).get(PARAMETER));
    show(number >= 1 && number <= last ? number : 1);
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === ' ' && target.closest('button, a')) return;
    /** @type {Record<string, () => void>} */
    const work = {
      ArrowRight: () => go(now() + 1),
      ArrowLeft: () => go(now() - 1),
      PageDown: () => go(now() + 1),
      PageUp: () => go(now() - 1),
      ' ': () => go(now() + (event.shiftKey ? -1 : 1)),
      Home: () => go(1),
      End: () => go(last),
      Escape: leave,
      f: full,
    };
    if (!(event.key in work)) return;
    event.preventDefault();
    work[event.key]();
  });

  document.addEventListener('click', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a link in a window of its own
    const dot = /** @type {HTMLElement | null} */ (target.closest('[data-step]'));
    const turn = /** @type {HTMLElement | null} */ (target.closest('[data-turn]'));
    const button = /** @type {HTMLElement | null} */ (target.closest('[data-do]'));
    if (dot || turn) event.preventDefault();
    if (dot) go(Number(dot.dataset.step));
    else if (turn) go(now() + Number(turn.dataset.turn));
    else if (button) ({ again: () => window.twPlay(now()), full })[String(button.dataset.do)]();
    // As in any slide show, the mouse goes on; a finger, which also scrolls, does not.
    else if (/** @type {PointerEvent} */ (event).pointerType === 'mouse'
      && !target.closest('a, nav, .tools') && getSelection()?.isCollapsed) go(now() + 1);
  });

  /** @type {{x: number, y: number} | null} */
  let began = null;
  document.addEventListener('touchstart', (event) => {
    const [touch] = event.touches;
    began = event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY } : null;
  }, { passive: true });
  document.addEventListener('touchend', (event) => {
    if (!began) return;
    const across = event.changedTouches[0].clientX - began.x;
    const down = event.changedTouches[0].clientY - began.y;
    began = null;
    if (Math.abs(across) < FARTHEST || Math.abs(across) < 1.5 * Math.abs(down)) return;
    go(now() + (across < 0 ? 1 : -1));
  });

  const fullButton = /** @type {HTMLElement} */ (document.querySelector('[data-do=full]'));
  fullButton.hidden = !document.fullscreenEnabled;
  document.addEventListener('fullscreenchange', () => {
    fullButton.textContent = document.fullscreenElement ? 'Leave full screen' : 'Full screen';
  });
  show(now());
}
