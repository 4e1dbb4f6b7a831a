// Pictures that follow each other: their pixels, and one request at a time for their answers.
// @ts-check

const SIDE = 32; // pixels, of what the models see
const LARGEST_FACTOR = 8;
const canvas = document.createElement('canvas');
const context = /** @type {CanvasRenderingContext2D} */ (
  canvas.getContext('2d', { willReadFrequently: true }));
/** @type {Uint8Array<ArrayBuffer> | null} The latest pixels that were not sent yet. */
let waiting = null;
let underWay = false;

/**
 * A square of a picture as the 32x32 RGB pixels that the models take: averaged, as the server does.
 * @param {CanvasImageSource} source
 * @param {{x: number, y: number, side: number}} square in the source's own pixels
 */
window.twPixels = (source, { x, y, side }) => {
  const factor = Math.min(LARGEST_FACTOR, Math.max(1, Math.round(side / SIDE)));
  const wide = SIDE * factor;
  canvas.width = wide;
  canvas.height = wide;
  context.imageSmoothingQuality = 'high';
  context.fillStyle = 'white';
  context.fillRect(0, 0, wide, wide);
  context.drawImage(source, x, y, side, side, 0, 0, wide, wide);
  const { data } = context.getImageData(0, 0, wide, wide);
  const sums = new Float32Array(3 * SIDE * SIDE);
  for (let row = 0; row < wide; row += 1) {
    for (let column = 0; column < wide; column += 1) {
      const to = 3 * (Math.floor(row / factor) * SIDE + Math.floor(column / factor));
      const from = 4 * (row * wide + column);
      for (let band = 0; band < 3; band += 1) sums[to + band] += data[from + band];
    }
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / factor ** 2));
};

/** Pixels as base64, for the server's event. @param {Uint8Array} pixels */
window.twBase64 = (pixels) => btoa(String.fromCharCode(...pixels));

/** Draw pixels where the page shows what the models see. @param {Uint8Array} pixels */
const showSeen = (pixels) => {
  const image = /** @type {HTMLImageElement | null} */ (document.querySelector('#seen img'));
  if (!image) return;
  canvas.width = SIDE;
  canvas.height = SIDE;
  const drawn = context.createImageData(SIDE, SIDE);
  for (let at = 0; at < SIDE * SIDE; at += 1) {
    drawn.data.set([...pixels.subarray(3 * at, 3 * at + 3), 255], 4 * at);
  }
  context.putImageData(drawn, 0, 0);
  image.src = canvas.toDataURL();
  image.alt = 'What both models see, at 32 by 32 pixels';
};

/**
 * Show the answers to these pixels, and none of those that came before them. Resolves when they are
 * shown, or left out because later ones came.
 * @param {Uint8Array<ArrayBuffer>} pixels
 */
window.twLive = async (pixels) => {
  waiting = pixels;
  if (underWay) return;
  underWay = true;
  try {
    while (waiting) {
      const now = waiting;
      waiting = null;
      const address = `${window.twRoot}/page/live${location.search}`;
      const answer = await fetch(address, { method: 'POST', body: now });
      if (answer.status === 503) await new Promise((resolve) => setTimeout(resolve, 1000));
      if (!answer.ok) continue;
      const section = document.querySelector('#results .tw-results');
      const made = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const found = made.querySelector('.tw-results');
      if (!section || !found) continue;
      section.className = found.className;
      section.replaceChildren(...found.childNodes);
      showSeen(now);
      window.twLiveCount = (window.twLiveCount || 0) + 1;
    }
  } finally {
    underWay = false;
  }
};
