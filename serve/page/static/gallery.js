// The gallery's filters and its order. They are kept in the address, and read from it on arrival.
// @ts-check

/** What each filter is when the address does not name it.
 * @type {Record<string, string>} */
const USUAL = { group: '', true: '', said: '', by: 'hard', sure: '0', sort: '' };

/** How many pictures are shown at first, and how many more at a click. */
const SOME = 63;
let most = SOME;

/** @returns {HTMLElement | null} */
const gallery = () => document.querySelector('#gallery');

/** @param {HTMLElement} element @param {string} name */
const field = (element, name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (
  element.querySelector(`[data-filter=${name}]`));

/** @param {HTMLElement} element */
const read = (element) => {
  const group = /** @type {HTMLInputElement} */ (
    element.querySelector('input[name=tw-group]:checked'));
  const values = Object.keys(USUAL).filter((name) => name !== 'group')
    .map((name) => [name, field(element, name).value]);
  return { group: group.value, ...Object.fromEntries(values) };
};

/** Set what the address says; what it says wrongly stays as usual.
 * @param {HTMLElement} element */
const restore = (element) => {
  const said = new URLSearchParams(location.search);
  for (const [name, usual] of Object.entries(USUAL)) {
    const value = said.get(name) ?? usual;
    if (name === 'group') {
      const radios = /** @type {HTMLInputElement[]} */ (
        [...element.querySelectorAll('input[name=tw-group]')]);
      (radios.find((radio) => radio.value === value) || radios[0]).checked = true;
    } else {
      const input = field(element, name);
      input.value = value;
      if (input.value !== value) input.value = usual;
    }
  }
};

/** What comes first has the largest value, or the first name.
 * @type {Record<string, (item: DOMStringMap) => number | string>} */
const ORDER = {
  hard: (item) => -Number(item.hard),
  smoothed: (item) => -Number(item.smoothed),
  difference: (item) => -Math.abs(Number(item.hard) - Number(item.smoothed)),
  class: (item) => item.true || '',
  '': (item) => Number(item.place),
};

/** @param {HTMLElement} element */
const show = (element) => {
  const { group, true: label, said, by, sure, sort } = read(element);
  const items = /** @type {HTMLElement[]} */ ([...element.querySelectorAll('li[data-group]')]);
  /** @type {Set<HTMLElement>} */
  const fitting = new Set();
  items.forEach((item, place) => {
    const data = item.dataset;
    data.place = data.place || String(place);
    const fits = (group === '' || data.group === group)
      && (label === '' || data.true === label)
      && (said === '' || data[`${by}Said`] === said)
      && 100 * Number(data[by]) >= Number(sure);
    if (fits) fitting.add(item);
  });
  const value = ORDER[sort] || ORDER[''];
  items.sort((a, b) => {
    const [first, second] = [value(a.dataset), value(b.dataset)];
    if (first === second) return Number(a.dataset.place) - Number(b.dataset.place);
    return first < second ? -1 : 1;
  });
  const list = /** @type {HTMLElement} */ (element.querySelector('.tw-gallery'));
  list.append(...items);
  const shown = new Set(items.filter((item) => fitting.has(item)).slice(0, most));
  items.forEach((item) => { item.hidden = !shown.has(item); });
  const more = /** @type {HTMLElement} */ (element.querySelector('#tw-more'));
  more.hidden = shown.size === fitting.size;
  const count = fitting.size;
  const output = /** @type {HTMLElement} */ (element.querySelector('output'));
  output.textContent = `${sure}%`;
  const counted = /** @type {HTMLElement} */ (element.querySelector('#tw-count'));
  counted.textContent = count === 0 ? 'No picture matches. Widen the filter.'
    : `${count} ${count === 1 ? 'picture' : 'pictures'}`;
};

window.twShowGallery = (element) => {
  most = SOME;
  restore(element);
  show(element);
};

// From elsewhere on the page: open the gallery with these filters, and the others as usual.
window.twFilterGallery = (values) => {
  const all = { ...USUAL, ...values };
  window.twAddress(Object.fromEntries(Object.entries(all)
    .map(([name, value]) => [name, value === USUAL[name] ? null : value])));
  const tab = /** @type {HTMLElement | null} */ (
    document.querySelector('#tabs button[role=tab][data-tab-id=gallery]'));
  if (tab) tab.click();
  const element = gallery();
  if (element) window.twShowGallery(element);
};

document.addEventListener('input', (event) => {
  const element = gallery();
  if (!element || !(event.target instanceof Element) || !event.target.closest('.tw-filters')) {
    return;
  }
  most = SOME;
  show(element);
  window.twAddress(Object.fromEntries(Object.entries(read(element))
    .map(([name, value]) => [name, value === USUAL[name] ? null : value])));
});

document.addEventListener('click', (event) => {
  const element = gallery();
  if (!element || !(event.target instanceof Element) || !event.target.closest('#tw-more')) return;
  most += SOME;
  show(element);
});
