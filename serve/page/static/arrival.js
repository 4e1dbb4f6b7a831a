// Shows Gradio's page in the place of the first screen, once it has the same answer.
// @ts-check

const LONGEST_WAIT = 20_000; // milliseconds; without an answer, the page shows what it has

const QUIET = 60; // milliseconds without a change

const isReady = () => {
  const inCompare = document.querySelector('#arrival-seen') !== null;
  if (!document.querySelector('#tabs button[role=tab]')) return false;
  if (!inCompare) {
    const named = new URLSearchParams(location.search).get('tab');
    const open = document.querySelector(`#tabs button[data-tab-id="${CSS.escape(named || '')}"]`);
    return !open || open.getAttribute('aria-selected') === 'true';
  }
  // Parts of the page appear one by one.
  const tiles = (/** @type {string} */ part) => document.querySelectorAll(`${part} .tw-choice`).length;
  return document.querySelector('#results :is([data-kind], .tw-problem)') !== null
    && document.querySelector('#seen img') !== null
    && tiles('#samples') === tiles('#arrival-samples');
};

const show = () => {
  watcher.disconnect();
  clearTimeout(timer);
  document.body.dataset.arrived = '';
  document.querySelector('#tw-arrival')?.remove();
  window.twArrived();
};

// A tab's parts take their places one after another; the last to change is shown.
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;
const watcher = new MutationObserver(() => {
  clearTimeout(resting);
  if (isReady()) resting = setTimeout(show, QUIET);
});
watcher.observe(document.body, { childList: true, subtree: true });
const timer = setTimeout(show, LONGEST_WAIT);
