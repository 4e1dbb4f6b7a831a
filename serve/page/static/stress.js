// The stress test's severity: what is chosen goes into the address, and it can play by itself.
// @ts-check

const MILLISECONDS = 900;
/** @type {number | undefined} */
let playing;

const severities = () => /** @type {HTMLInputElement[]} */ (
  [...document.querySelectorAll('input[name=tw-severity]')]);

/** @param {HTMLInputElement} radio */
const choose = (radio) => {
  radio.checked = true;
  radio.dispatchEvent(new Event('change', { bubbles: true }));
};

/** Go to the next severity, and from the last one to the first. */
const next = () => {
  const all = severities();
  choose(all[(all.findIndex((radio) => radio.checked) + 1) % all.length]);
  return all[all.length - 1].checked;
};

/** @param {HTMLElement} button @param {string} name @param {string} sign @param {string} word */
const label = (button, name, sign, word) => {
  button.setAttribute('aria-label', name);
  const text = document.createElement('span');
  text.textContent = `\u00a0${word}`;
  button.replaceChildren(sign, text);
};

const stop = () => {
  clearInterval(playing);
  playing = undefined;
  const button = document.getElementById('tw-play');
  if (button) label(button, 'Play all severities', '▶', 'Play');
  const stage = document.querySelector('.tw-degraded');
  if (stage) stage.setAttribute('aria-live', 'polite');
};

/** @param {HTMLElement} button */
const play = (button) => {
  // Whoever wants no motion gets one step at a click.
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    next();
    return;
  }
  label(button, 'Stop', '■', 'Stop');
  // Nobody can listen to six answers in five seconds; the last one is read out.
  const stage = document.querySelector('.tw-degraded');
  if (stage) stage.setAttribute('aria-live', 'off');
  choose(severities()[0]);
  playing = setInterval(() => { if (document.hidden || next()) stop(); }, MILLISECONDS);
};

document.addEventListener('click', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (target.closest('#tw-play'));
  if (button && playing === undefined) play(button);
  else if (button || target.closest('.tw-steps label')) stop();
});

// Choices that the browser alone follows are kept in the address.
document.addEventListener('change', (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const choice = /** @type {HTMLElement | null} */ (input.closest('.tw-pick[data-parameter]'));
  if (!choice) return;
  const { parameter = '', usual } = choice.dataset;
  window.twAddress({ [parameter]: input.value === usual ? null : input.value });
});
