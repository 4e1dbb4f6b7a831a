// Takes a figure along: as a link, a picture, its numbers, or a citation. A figure is a
// `figure.tw-figure`; `serve/page/figures/figure.py` writes it, with all that is needed here.
// @ts-check

/** What a drawing on its own needs of the page's style sheet. */
const STYLES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'display',
  'visibility', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'paint-order',
  'image-rendering',
];
const SPACE = 'http://www.w3.org/2000/svg';
const MARGIN = 16;
const LINE = 22;
/** Pixels of a PNG for each pixel of the page: sharp on a slide. */
const SCALE = 3;

/** @param {Element} element @param {CSSStyleDeclaration} style */
const keep = (element, style) => {
  element.setAttribute('style', STYLES.map((name) => `${name}:${style.getPropertyValue(name)}`)
    .join(';'));
  element.removeAttribute('class');
};

/**
 * A copy of a drawing that looks the same without the page's style sheet.
 * @param {SVGSVGElement} drawing
 */
const copied = (drawing) => {
  const copy = /** @type {SVGSVGElement} */ (drawing.cloneNode(true));
  const [old, made] = [drawing, copy].map((root) => [root, ...root.querySelectorAll('*')]);
  old.forEach((element, place) => keep(made[place], getComputedStyle(element)));
  return copy;
};

/**
 * Writes a text into a drawing, in lines that fit, and gives the next line's place.
 * @param {SVGSVGElement} into @param {string} text @param {number} top @param {number} size
 */
const write = (into, text, top, size) => {
  const most = (Number(into.getAttribute('width')) - 2 * MARGIN) / (0.58 * size);
  const lines = text.split(' ').reduce((found, word) => {
    const last = found[found.length - 1];
    if (last && last.length + word.length < most) found[found.length - 1] = `${last} ${word}`;
    else found.push(word);
    return found;
  }, /** @type {string[]} */ ([]));
  const style = getComputedStyle(document.body);
  lines.forEach((line, place) => {
    const element = document.createElementNS(SPACE, 'text');
    element.textContent = line;
    element.setAttribute('x', String(MARGIN));
    element.setAttribute('y', String(top + LINE * place));
    element.setAttribute('style', `fill:${style.color};font-family:${style.fontFamily};`
      + `font-size:${size}px;font-weight:${size > 14 ? 600 : 400}`);
    into.append(element);
  });
  return top + LINE * lines.length;
};

/**
 * All drawings of a figure as one, where they stand on the page, with its title and its source.
 * @param {HTMLElement} figure
 */
const asSvg = (figure) => {
  const box = /** @type {Element} */ (figure.querySelector('.tw-drawing'));
  const around = box.getBoundingClientRect();
  const whole = /** @type {SVGSVGElement} */ (document.createElementNS(SPACE, 'svg'));
  const width = Math.ceil(around.width + 2 * MARGIN);
  whole.setAttribute('width', String(width));
  const paper = document.createElementNS(SPACE, 'rect');
  paper.setAttribute('width', '100%');
  paper.setAttribute('height', '100%');
  paper.setAttribute('style', `fill:${getComputedStyle(document.body).backgroundColor}`);
  whole.append(paper);
  const top = write(whole, figure.dataset.title || '', MARGIN + 14, 16) - 6;
  let bottom = top;
  box.querySelectorAll('svg').forEach((drawing) => {
    const place = drawing.getBoundingClientRect();
    if (!place.width) return;
    const copy = copied(drawing);
    const values = { x: place.left - around.left + MARGIN, y: place.top - around.top + top };
    Object.entries({ ...values, width: place.width, height: place.height })
      .forEach(([name, value]) => copy.setAttribute(name, value.toFixed(1)));
    whole.append(copy);
    bottom = Math.max(bottom, values.y + place.height);
  });
  const height = write(whole, figure.dataset.source || '', bottom + LINE, 12) - LINE + MARGIN;
  whole.setAttribute('height', String(Math.ceil(height)));
  whole.setAttribute('viewBox', `0 0 ${width} ${Math.ceil(height)}`);
  return new XMLSerializer().serializeToString(whole);
};

/** @param {Blob} content @param {string} name */
const download = (content, name) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

/** @param {string} svg @returns {Promise<Blob>} */
const asPng = async (svg) => {
  const picture = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    picture.src = address;
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = SCALE * picture.width;
    canvas.height = SCALE * picture.height;
    const drawn = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    drawn.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) => {
      canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('the canvas is empty'))));
    });
  } finally {
    URL.revokeObjectURL(address);
  }
};

/** @param {string} text */
const copy = async (text) => {
  if (navigator.clipboard) { // browsers have it over HTTPS and on this machine only
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('the browser does not allow copying');
};

/** @param {HTMLElement} figure */
const address = (figure) => `${location.origin}${location.pathname}${location.search}#${figure.id}`;

/** What each button does, and what it says when that is done.
 * @type {Record<string, (figure: HTMLElement) => Promise<string>>} */
const TAKE = {
  link: async (figure) => {
    await copy(address(figure));
    return 'Link copied.';
  },
  cite: async (figure) => {
    await copy((figure.dataset.cite || '').replace('{address}', address(figure))
      .replace('{today}', new Date().toISOString().slice(0, 10)));
    return 'BibTeX copied.';
  },
  csv: async (figure) => {
    const content = new Blob([figure.dataset.csv || ''], { type: 'text/csv;charset=utf-8' });
    download(content, `twinlabel-${figure.id}.csv`);
    return 'CSV saved.';
  },
  svg: async (figure) => {
    download(new Blob([asSvg(figure)], { type: 'image/svg+xml' }), `twinlabel-${figure.id}.svg`);
    return 'SVG saved.';
  },
  png: async (figure) => {
    download(await asPng(asSvg(figure)), `twinlabel-${figure.id}.png`);
    return 'PNG saved.';
  },
};

document.addEventListener('click', async (event) => {
  const target = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (target.closest('button[data-take]'));
  const figure = /** @type {HTMLElement | null} */ (button && button.closest('.tw-figure'));
  if (!button || !figure) return;
  const status = /** @type {HTMLElement} */ (figure.querySelector('.tw-take [role=status]'));
  try {
    status.textContent = await TAKE[button.dataset.take || ''](figure);
  } catch (error) {
    status.textContent = `That did not work: ${error instanceof Error ? error.message : error}.`;
  }
  setTimeout(() => { status.textContent = ''; }, 4000);
});

// A link to a figure: the page is built after the browser has looked for it.
const named = location.hash.slice(1);
if (named) {
  const show = () => {
    const figure = document.getElementById(named);
    if (figure) figure.scrollIntoView();
    return figure !== null;
  };
  const observer = new MutationObserver(() => {
    if (!show()) return;
    observer.disconnect();
    setTimeout(show, 500); // when what stands above it has found its height
  });
  observer.observe(document, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), 20000);
}
