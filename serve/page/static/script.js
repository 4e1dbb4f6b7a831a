// What the page does in the browser alone, besides its address and its pictures.
// @ts-check

/** The position of a temperature slider, in hundredths of a doubling, as a temperature. */
window.twTemperature = (/** @type {string | number} */ position) => (
  (2 ** (Number(position) / 100)).toFixed(2));

// All tabs share the temperatures: each slider of a model shows what one of them was set to.
document.addEventListener('input', (event) => {
  const range = /** @type {HTMLInputElement} */ (event.target);
  if (!range.matches || !range.matches('.tw-slider input[type=range]')) return;
  const text = window.twTemperature(range.value);
  const model = range.dataset.model;
  document.querySelectorAll(`.tw-slider input[data-model="${model}"]`).forEach((each) => {
    const other = /** @type {HTMLInputElement} */ (each);
    other.value = range.value;
    other.setAttribute('aria-valuetext', `T = ${text}`);
    const said = document.querySelector(`output[for="${other.id}"]`);
    if (said) said.textContent = text;
  });
  window.twAddress({ [`t_${model}`]: text === '1.00' ? null : text });
});

document.addEventListener('click', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const copy = /** @type {HTMLElement | null} */ (target.closest('button[data-copy]'));
  const text = copy && document.getElementById(String(copy.dataset.copy));
  if (!copy || !text) return;
  if (!navigator.clipboard) { // browsers have it over HTTPS and on this machine only
    getSelection()?.selectAllChildren(text);
    return;
  }
  navigator.clipboard.writeText(String(text.textContent)).then(() => {
    copy.textContent = 'Copied';
    setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
  });
});

/** Behind a proxy or on a Space, only the browser knows the address that people use. */
window.twOwnAddress = () => {
  document.querySelectorAll('.tw-origin').forEach((place) => {
    place.textContent = location.origin + window.twRoot;
  });
  // The address of the page may lack the slash at its end that a relative link needs.
  document.querySelectorAll('a.tw-docs').forEach((link) => {
    /** @type {HTMLAnchorElement} */ (link).href = `${window.twRoot}/docs`;
  });
};
