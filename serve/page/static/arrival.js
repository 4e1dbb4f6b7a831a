// Shows Gradio's page in the place of the first screen, once it has the same answer.
// @ts-check

const LONGEST_WAIT = 8000; // milliseconds; without an answer, the page shows what it has

const isReady = () => {
  const inCompare = document.querySelector('#arrival-seen') !== null;
  if (!document.querySelector('#tabs button[role=tab]')) return false;
  if (!inCompare) return true;
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

const watcher = new MutationObserver(() => {
  if (isReady()) show();
});
watcher.observe(document.body, { childList: true, subtree: true });
const timer = setTimeout(show, LONGEST_WAIT);
