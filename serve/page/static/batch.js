// The table of a batch: it is sorted and searched here, its pictures open in Compare, and a folder
// becomes a batch.
// @ts-check

/** @param {HTMLTableRowElement} row @param {number} column */
const valueOf = (row, column) => row.cells[column].dataset.value || '';

/** @param {string} a @param {string} b Numbers by size, texts by their letters, nothing last. */
const compareValues = (a, b) => {
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
};

/** @param {HTMLElement} button In the head of a column. */
const sortBy = (button) => {
  const head = /** @type {HTMLTableCellElement} */ (button.closest('th'));
  const table = /** @type {HTMLTableElement} */ (head.closest('table'));
  const down = head.getAttribute('aria-sort') === 'ascending';
  table.querySelectorAll('th[aria-sort]').forEach((th) => th.setAttribute('aria-sort', 'none'));
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => (down ? -1 : 1)
    * compareValues(valueOf(a, head.cellIndex), valueOf(b, head.cellIndex)));
  table.tBodies[0].append(...rows);
};

/** The pixels of a 32x32 picture, as `twChoose` takes them. @param {HTMLImageElement} img */
const pixelsOf = (img) => window.twBase64(
  window.twPixels(img, { x: 0, y: 0, side: img.naturalWidth }));

/** Open the tab Compare, and then choose: its parts may not have been on the page before.
 * @param {string} pixels */
const openInCompare = (pixels) => {
  const tab = /** @type {HTMLElement | null} */ (
    document.querySelector('#tabs button[role=tab][data-tab-id=compare]'));
  if (tab) tab.click();
  const started = Date.now();
  const choose = () => {
    if (document.querySelector('#controls .tw-controls')) window.twChoose('pixels', pixels);
    else if (Date.now() - started < 5000) setTimeout(choose, 50);
  };
  choose();
};

document.addEventListener('click', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (target.closest('.tw-batch [data-sort]'));
  if (button) sortBy(button);
  const img = /** @type {HTMLImageElement | null} */ (
    (target.closest('.tw-open') || document.createElement('i')).querySelector('img'));
  if (img) openInCompare(pixelsOf(img));
});

document.addEventListener('input', (event) => {
  const search = /** @type {HTMLInputElement} */ (event.target);
  if (search.id !== 'tw-batch-search') return;
  const wanted = search.value.trim().toLowerCase();
  document.querySelectorAll('.tw-batch tbody tr').forEach((row) => {
    /** @type {HTMLElement} */ (row).hidden = !String(row.textContent).toLowerCase().includes(wanted);
  });
});

// A browser sends a file's name without its folder. So each is given a name that has both.
document.addEventListener('change', (event) => {
  const folder = /** @type {HTMLInputElement} */ (event.target);
  const input = /** @type {HTMLInputElement | null} */ (
    document.querySelector('#batch-files input[type=file]'));
  if (folder.id !== 'tw-folder' || !folder.files || !input) return;
  const all = new DataTransfer();
  [...folder.files].filter((file) => !file.name.startsWith('.')).forEach((file) => {
    const name = file.webkitRelativePath.split('/').slice(-2).join(' | ');
    all.items.add(new File([file], name, { type: file.type }));
  });
  input.files = all.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
  folder.value = '';
});
