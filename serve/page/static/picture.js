// How a picture is chosen: tiles, buttons, files that are dropped or pasted.
// @ts-check

/**
 * What was chosen last. It is one object that changes: what waits is sent as it is by then.
 * @type {Choice}
 */
const wanted = { kind: 'none', value: null };
/** @type {((choice: Choice) => void) | null} */
let send = null;

/** @param {(choice: Choice) => void} trigger Given by the server's component. */
window.twOnChoice = (trigger) => { send = trigger; };

/**
 * Ask for another picture: 'sample' with its number, 'surprise', 'pixels' in base64, or 'none'.
 * @param {string} kind
 * @param {string | number | null} value
 */
window.twChoose = (kind, value = null) => {
  wanted.kind = kind;
  wanted.value = value;
  if (send) send(wanted);
};

const fileInput = () => /** @type {HTMLInputElement | null} */ (
  document.querySelector('#photo input[type=file]'));
const isOpen = () => {
  const controls = /** @type {HTMLElement | null} */ (document.querySelector('#controls'));
  return controls !== null && controls.offsetParent !== null;
};

/** Give the server a file, as if it had been chosen. @param {FileList | undefined} files */
const give = (files) => {
  const input = fileInput();
  if (!files || !files.length || !input) return;
  const one = new DataTransfer();
  one.items.add(files[0]);
  input.files = one.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
};

/** Both answers as one PNG. Only a test picture has an address; of a photo the pixels are sent. */
const save = async () => {
  const shown = /** @type {HTMLImageElement | null} */ (document.querySelector('#seen img'));
  if (!shown) return;
  const own = document.querySelector('#seen [data-sample=""]') !== null;
  const square = { x: 0, y: 0, side: shown.naturalWidth };
  const body = own ? window.twPixels(shown, square) : undefined;
  const query = new URLSearchParams(location.search);
  if (history.state && history.state.sample !== null) query.set('sample', history.state.sample);
  const answer = await fetch(`${window.twRoot}/page/card.png?${query}`, {
    method: own ? 'POST' : 'GET', body,
  });
  if (!answer.ok) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = 'twinlabel.png';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

/** @type {Record<string, () => void>} */
const work = {
  save,
  upload: () => fileInput()?.click(),
  surprise: () => window.twChoose('surprise', history.state ? history.state.sample : null),
  clear: () => window.twChoose('none'),
};
document.addEventListener('click', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const tile = /** @type {HTMLElement | null} */ (target.closest('.tw-choice'));
  if (tile) window.twChoose('sample', Number(tile.dataset.index));
  const button = /** @type {HTMLElement | null} */ (target.closest('.tw-controls [data-do]'));
  const name = button ? String(button.dataset.do) : '';
  if (name in work) work[name]();
});

// A file that is too large need not be sent to be refused. This comes before Gradio's own listener.
document.addEventListener('change', (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  if (!input.matches('#photo input[type=file]') || !input.files || !input.files[0]) return;
  const controls = /** @type {HTMLElement | null} */ (document.querySelector('.tw-controls'));
  const file = input.files[0];
  if (controls && file.size > Number(controls.dataset.largestBytes)) {
    event.stopImmediatePropagation();
    window.twChoose('too large', file.size);
    return;
  }
  document.dispatchEvent(new CustomEvent('tw-photo', { detail: { file } }));
}, true);

document.addEventListener('dragover', (event) => {
  if (isOpen() && event.dataTransfer?.types.includes('Files')) event.preventDefault();
});
document.addEventListener('drop', (event) => {
  if (!isOpen() || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  give(event.dataTransfer.files);
});
document.addEventListener('paste', (event) => {
  if (isOpen()) give(event.clipboardData?.files);
});

// Where the models look is asked for by a button, and shown until there is another picture.
document.addEventListener('click', (event) => {
  const looks = /** @type {HTMLElement | null} */ (document.querySelector('#looks'));
  const asked = /** @type {HTMLElement} */ (event.target).closest('#look');
  if (asked && looks) delete looks.dataset.old;
});

document.addEventListener('tw-shown', (event) => {
  const looks = /** @type {HTMLElement | null} */ (document.querySelector('#looks'));
  if (looks) looks.dataset.old = '';
  const { sample } = /** @type {CustomEvent} */ (event).detail;
  document.querySelectorAll('.tw-choice').forEach((tile) => {
    const chosen = /** @type {HTMLElement} */ (tile).dataset.index === String(sample);
    tile.setAttribute('aria-pressed', String(chosen));
  });
});
