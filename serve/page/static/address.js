// The state of the page in its address, and the browser's Back and Forward buttons.
// @ts-check

/** What the address says now. */
let query = new URLSearchParams(location.search);
/** Whether Back or Forward asked for the picture that is on its way. */
let goingBack = false;

/** The number of the test picture that is shown, or null. */
function shownSample() {
  const shown = /** @type {HTMLElement | null} */ (document.querySelector('#seen [data-sample]'));
  return shown && shown.dataset.sample ? Number(shown.dataset.sample) : null;
}

/**
 * Keep `values` in the address; null takes a name out. With `step`, the Back button undoes it.
 * @param {Record<string, string | number | null>} values
 * @param {boolean} step
 */
function keep(values, step = false) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString();
  const address = text ? `?${text}` : location.pathname;
  const state = { sample: shownSample() };
  if (step) history.pushState(state, '', address);
  else history.replaceState(state, '', address);
  // On a Space this page is in a frame, and the address that visitors see is the frame's owner's.
  if (parent !== window) parent.postMessage({ queryString: text, hash: location.hash }, FRAMED_BY);
}
window.twAddress = keep;

/** The tabs' buttons; each carries the name that the server gave its tab. */
const buttons = () => /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll('#tabs button[role=tab][data-tab-id]'));
/** @param {string | undefined} name The first tab is open at an address that names none. */
const inAddress = (name) => (name === buttons()[0].dataset.tabId ? null : name ?? null);

/** A tab was opened: name it in the address. @param {string} name */
window.twOpenedTab = (name) => {
  const named = inAddress(name);
  keep({ tab: named }, named !== query.get('tab'));
};

/**
 * A picture was answered, with the tab of this name open. A sample is named in the address, an
 * uploaded photo never is.
 * @param {string} [tab]
 */
window.twShown = (tab) => {
  const sample = shownSample();
  /** @type {Record<string, string | number | null>} */
  const now = { sample };
  if (tab) now.tab = inAddress(tab);
  const before = history.state ? history.state.sample : null;
  const moved = sample !== before || (tab && inAddress(tab) !== query.get('tab'));
  keep(now, Boolean(moved) && !goingBack);
  goingBack = false;
  document.dispatchEvent(new CustomEvent('tw-shown', { detail: { sample } }));
};

/** The page has its first picture, which the address need not name. */
window.twArrived = () => {
  history.replaceState({ sample: shownSample() }, '');
  document.dispatchEvent(new CustomEvent('tw-shown', { detail: { sample: shownSample() } }));
};

// A step holds a tab and a sample. The temperatures stay as they are.
window.addEventListener('popstate', (event) => {
  const then = new URLSearchParams(location.search);
  const named = then.get('tab');
  const all = [...buttons()];
  const button = named === null ? all[0] : all.find((each) => each.dataset.tabId === named);
  for (const name of ['tab', 'sample']) {
    const value = then.get(name);
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const before = shownSample();
  const sample = event.state ? event.state.sample : Number(then.get('sample')) || null;
  history.replaceState({ sample }, '', query.toString() ? `?${query}` : location.pathname);
  if (button && button.getAttribute('aria-selected') !== 'true') {
    button.dataset.quietly = '';
    button.click();
    delete button.dataset.quietly;
  }
  if (sample === before) return;
  goingBack = true;
  if (sample === null) window.twChoose('none');
  else window.twChoose('sample', sample);
});

document.addEventListener('click', (event) => {
  const tab = /** @type {HTMLElement} */ (event.target).closest('#tabs button[data-tab-id]');
  if (tab instanceof HTMLElement && tab.dataset.quietly === undefined) {
    window.twOpenedTab(String(tab.dataset.tabId));
  }
});

// The arrow keys go from tab to tab, as in the browser's own.
document.addEventListener('keydown', (event) => {
  const tab = /** @type {HTMLElement} */ (event.target);
  if (!tab.matches || !tab.matches('#tabs button[role=tab]')) return;
  const all = [...buttons()].filter((each) => each.offsetParent !== null);
  const at = all.findIndex((each) => each.dataset.tabId === tab.dataset.tabId);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  const next = all[(to + all.length) % all.length];
  next.focus();
  next.click();
});
