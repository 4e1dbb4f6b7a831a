// What the page does in the browser alone: its state in the address, and copying.

// The position of a temperature slider, in hundredths of a doubling, as a temperature.
window.twTemperature = (position) => (2 ** (Number(position) / 100)).toFixed(2);

// Keep `values` in the address; null takes a name out. `asAnotherPage` makes it a step that the
// browser's Back button undoes.
let shownNow = new URLSearchParams(location.search);
window.twAddress = (values, asAnotherPage = false) => {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) shownNow.delete(name);
    else shownNow.set(name, value);
  }
  const text = shownNow.toString();
  const address = text ? `?${text}` : location.pathname;
  if (asAnotherPage) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  // On a Space this page is in a frame, and the address that visitors see is the frame's owner's.
  if (parent !== window) parent.postMessage({ queryString: text, hash: location.hash }, FRAMED_BY);
};

// A sample is named in the address, an uploaded photo never is.
window.twShownSample = () => {
  const shown = document.querySelector('[data-sample]');
  window.twAddress({ sample: shown && shown.dataset.sample ? shown.dataset.sample : null });
  // On a phone the answers are below what was clicked.
  const results = document.getElementById('results');
  if (shown && results && results.getBoundingClientRect().top > 0.7 * innerHeight) {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    results.scrollIntoView({ behavior: still ? 'auto' : 'smooth' });
  }
};

document.addEventListener('input', (event) => {
  const range = event.target;
  if (range.matches && range.matches('.tw-slider input[type=range]')) {
    const text = window.twTemperature(range.value);
    window.twAddress({ [`t_${range.dataset.model}`]: text === '1.00' ? null : text });
  }
});

// Each tab's button carries the name that the server gave the tab.
const TABS = '#tabs button[role=tab][data-tab-id]';
const tabButtons = () => [...document.querySelectorAll(TABS)];
const tabName = (button) => button.dataset.tabId;
// The first tab is open at an address that names none.
const nameInAddress = (name) => (name === tabName(tabButtons()[0]) ? null : name);

// A tab was opened: name it in the address.
window.twOpenedTab = (name) => {
  const inAddress = nameInAddress(name);
  window.twAddress({ tab: inAddress }, inAddress !== shownNow.get('tab'));
};

// Back and forward go from tab to tab; the picture and the temperatures stay as they are.
window.addEventListener('popstate', () => {
  const named = new URLSearchParams(location.search).get('tab');
  const buttons = tabButtons();
  const button = named === null ? buttons[0] : buttons.find((each) => tabName(each) === named);
  if (!button) return;
  window.twAddress({ tab: nameInAddress(tabName(button)) });
  button.click();
});

document.addEventListener('click', (event) => {
  const tab = event.target.closest(TABS);
  if (tab) window.twOpenedTab(tabName(tab));
  const copy = event.target.closest('button[data-copy]');
  if (copy) {
    const text = document.getElementById(copy.dataset.copy);
    if (!navigator.clipboard) { // browsers have it over HTTPS and on this machine only
      getSelection().selectAllChildren(text);
      return;
    }
    navigator.clipboard.writeText(text.textContent).then(() => {
      copy.textContent = 'Copied';
      setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
    });
  }
});

// A browser cannot show every format that the server reads; HEIC is one.
document.addEventListener('error', (event) => {
  if (event.target.matches && event.target.matches('#photo img')) {
    event.target.dataset.unshown = '';
  }
}, true);
document.addEventListener('load', (event) => {
  if (event.target.matches && event.target.matches('#photo img')) {
    delete event.target.dataset.unshown;
  }
}, true);

// Behind a proxy or on a Space, only the browser knows the address that people use.
window.twOwnAddress = () => {
  document.querySelectorAll('.tw-origin').forEach((place) => {
    place.textContent = location.origin + window.twRoot;
  });
  // The address of the page may lack the slash at its end that a relative link needs.
  document.querySelectorAll('a.tw-docs').forEach((link) => {
    link.href = `${window.twRoot}/docs`;
  });
};

// Gradio sends all files of one choice in one request, and 200 phone photos are larger than one may
// be. They go in several requests, one after another; Gradio sees one answer.
window.twPartBytes = 24e6;
const plainFetch = window.fetch.bind(window);
const inParts = (files) => {
  const parts = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > window.twPartBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts[parts.length - 1].push(file);
    bytes += file.size;
  }
  return parts;
};
window.fetch = async (address, options) => {
  const isUpload = options && options.body instanceof FormData
    && new URL(address, location.href).pathname.endsWith('/upload');
  const files = isUpload ? options.body.getAll('files') : [];
  const hint = document.querySelector('[data-most-pictures]');
  const most = hint ? Number(hint.dataset.mostPictures) : Infinity;
  const parts = inParts(files.slice(0, most));
  if (parts.length < 2 && files.length <= most) return plainFetch(address, options);
  // The progress that Gradio shows ends with the first request that has its number: the last one.
  const unnumbered = new URL(address, location.href);
  unnumbered.searchParams.delete('upload_id');
  const paths = [];
  for (const part of parts) {
    const body = new FormData();
    part.forEach((file) => body.append('files', file));
    const to = part === parts[parts.length - 1] ? address : unnumbered;
    const answer = await plainFetch(to, { ...options, body });
    if (!answer.ok) return answer;
    paths.push(...await answer.json());
  }
  // Files beyond the limit are not sent. The server counts them, and says that it left them out.
  while (paths.length < files.length) paths.push(paths[0]);
  return new Response(JSON.stringify(paths), { headers: { 'content-type': 'application/json' } });
};
