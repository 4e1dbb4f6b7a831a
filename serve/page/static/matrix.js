// The cells of a confusion matrix: one stop of the Tab key for all of them, arrow keys between
// them, and a click opens the gallery without loading the page anew.
// @ts-check

/** @param {EventTarget | null} target @returns {SVGAElement | null} */
const cellOf = (target) => (target instanceof Element ? target.closest('.tw-matrix a') : null);

/** @param {SVGAElement} cell @param {number} down @param {number} right */
const next = (cell, down, right) => {
  const [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)];
  const cells = /** @type {SVGAElement[]} */ (/** @type {unknown} */ (
    [...(cell.closest('.tw-matrix') || cell).querySelectorAll('a')]));
  const ahead = cells.map((each) => {
    const rows = Number(each.dataset.row) - row;
    const columns = Number(each.dataset.column) - column;
    // How far it lies in the direction of the key, and how far beside it.
    return { each, along: down * rows + right * columns, beside: Math.abs(right ? rows : columns) };
  }).filter(({ along }) => along > 0);
  ahead.sort((a, b) => a.beside - b.beside || a.along - b.along);
  return ahead.length ? ahead[0].each : null;
};

/** @type {Record<string, [number, number]>} */
const KEYS = {
  ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
};
document.addEventListener('keydown', (event) => {
  const cell = cellOf(event.target);
  if (!cell || !(event.key in KEYS)) return;
  event.preventDefault();
  const found = next(cell, ...KEYS[event.key]);
  if (!found) return;
  cell.setAttribute('tabindex', '-1');
  found.setAttribute('tabindex', '0');
  found.focus();
});

document.addEventListener('click', (event) => {
  const cell = cellOf(event.target);
  if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const query = new URL(cell.href.baseVal, location.href).searchParams;
  window.twFilterGallery({
    true: query.get('true'), said: query.get('said'), by: query.get('by'),
  });
});
