// What the page does in the browser alone: its state in the address, copying, filtering.

// The position of a temperature slider, in hundredths of a doubling, as a temperature.
window.twTemperature = (position) => (2 ** (Number(position) / 100)).toFixed(2);

// Keep `values` in the address; null, or a value that is the default, takes a name out.
window.twAddress = (values) => {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, '', text ? `?${text}` : location.pathname);
};

// A sample is named in the address, an uploaded photo never is.
window.twShownSample = () => {
  const shown = document.querySelector('[data-sample]');
  window.twAddress({ sample: shown && shown.dataset.sample ? shown.dataset.sample : null });
};

document.addEventListener('input', (event) => {
  const range = event.target;
  if (range.matches && range.matches('.tw-slider input[type=range]')) {
    const text = window.twTemperature(range.value);
    window.twAddress({ [`t_${range.dataset.model}`]: text === '1.00' ? null : text });
  }
});

document.addEventListener('click', (event) => {
  // On a phone, tabs that do not fit are in a menu.
  const tab = event.target.closest('#tabs button[role=tab], #tabs .overflow-dropdown button');
  if (tab) {
    const name = tab.textContent.trim().toLowerCase().replace(' test', '');
    window.twAddress({ tab: name === 'compare' ? null : name });
  }
  const copy = event.target.closest('button[data-copy]');
  if (copy) {
    const text = document.getElementById(copy.dataset.copy).textContent;
    navigator.clipboard.writeText(text).then(() => {
      copy.textContent = 'Copied';
      setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
    });
  }
});

// Behind a proxy or on a Space, only the browser knows the address that people use.
window.twOwnAddress = () => {
  document.querySelectorAll('.tw-origin').forEach((place) => {
    place.textContent = location.origin;
  });
};
