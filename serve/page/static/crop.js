// The square on a photo: fingers, a mouse or keys move and resize it, and the answers follow.
// @ts-check

const SMALLEST = 32; // of the photo's own pixels
const photo = () => /** @type {HTMLImageElement | null} */ (document.querySelector('#tw-photo'));
const box = () => /** @type {HTMLElement | null} */ (document.querySelector('#tw-crop'));
const stage = () => /** @type {HTMLElement | null} */ (document.querySelector('#tw-stage'));
/** The square in the photo's own pixels. */
let square = { x: 0, y: 0, side: 0 };
/** @type {{x: number, y: number, side: number, left: number, top: number, resize: boolean} | null} */
let grip = null;

const draw = () => {
  const image = photo();
  const shown = box();
  if (!image || !shown || !image.naturalWidth) return;
  const across = (/** @type {number} */ value) => `${100 * value / image.naturalWidth}%`;
  const down = (/** @type {number} */ value) => `${100 * value / image.naturalHeight}%`;
  Object.assign(shown.style, {
    left: across(square.x), top: down(square.y),
    width: across(square.side), height: down(square.side),
  });
};

/** Change the square, kept inside the photo. @param {Partial<typeof square>} change */
const move = (change) => {
  const image = photo();
  if (!image) return;
  const { naturalWidth: width, naturalHeight: height } = image;
  const next = { ...square, ...change };
  next.side = Math.min(Math.max(next.side, SMALLEST), width, height);
  next.x = Math.min(Math.max(next.x, 0), width - next.side);
  next.y = Math.min(Math.max(next.y, 0), height - next.side);
  square = next;
  draw();
  window.twLive(window.twPixels(image, square));
};

/** The square stays: the other tabs and the temperatures are to use it too. */
const settle = () => {
  const image = photo();
  if (image) window.twChoose('pixels', window.twBase64(window.twPixels(image, square)));
};

const hide = () => {
  const image = photo();
  const shown = stage();
  if (!image || !shown || image.hidden) return;
  URL.revokeObjectURL(image.src);
  image.removeAttribute('src');
  image.hidden = true;
  shown.hidden = true;
};

document.addEventListener('tw-photo', (event) => {
  const image = photo();
  const shown = stage();
  const crop = box();
  if (!image || !shown || !crop) return;
  hide();
  const address = URL.createObjectURL(/** @type {CustomEvent} */ (event).detail.file);
  image.onload = () => {
    const side = Math.min(image.naturalWidth, image.naturalHeight);
    square = {
      x: (image.naturalWidth - side) / 2, y: (image.naturalHeight - side) / 2, side,
    };
    image.hidden = false;
    shown.hidden = false;
    crop.hidden = side <= SMALLEST;
    draw();
  };
  // Not every format that the server reads; it shows what the models see of those.
  image.onerror = () => {
    URL.revokeObjectURL(address);
    image.removeAttribute('src');
  };
  image.src = address;
});
document.addEventListener('tw-shown', (event) => {
  const empty = document.querySelector('#seen [data-empty]') !== null;
  if (empty || /** @type {CustomEvent} */ (event).detail.sample !== null) hide();
});

document.addEventListener('pointerdown', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const crop = target.closest('#tw-crop');
  if (!crop || photo()?.hidden) return;
  event.preventDefault(); // neither a text is selected nor the photo dragged as a file
  /** @type {HTMLElement} */ (crop).focus();
  crop.setPointerCapture(event.pointerId);
  grip = {
    ...square, left: event.clientX, top: event.clientY, resize: target.matches('.tw-handle'),
  };
});
document.addEventListener('dragstart', (event) => {
  if (/** @type {HTMLElement} */ (event.target).closest?.('.tw-stage')) event.preventDefault();
});
document.addEventListener('pointermove', (event) => {
  const image = photo();
  if (!grip || !image) return;
  const scale = image.naturalWidth / image.clientWidth;
  const right = (event.clientX - grip.left) * scale;
  const down = (event.clientY - grip.top) * scale;
  if (grip.resize) {
    const room = Math.min(image.naturalWidth - grip.x, image.naturalHeight - grip.y);
    move({ side: Math.min(grip.side + Math.max(right, down), room) });
  } else move({ x: grip.x + right, y: grip.y + down });
});
for (const end of ['pointerup', 'pointercancel']) {
  document.addEventListener(end, () => {
    if (grip) settle();
    grip = null;
  });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;
document.addEventListener('keydown', (event) => {
  if (event.target !== box() || photo()?.hidden) return;
  const step = square.side / 16;
  const centred = { x: square.x - step / 2, y: square.y - step / 2, side: square.side + step };
  /** @type {Record<string, Partial<typeof square>>} */
  const changes = {
    ArrowLeft: { x: square.x - step }, ArrowRight: { x: square.x + step },
    ArrowUp: { y: square.y - step }, ArrowDown: { y: square.y + step },
    '+': centred, '=': centred,
    '-': { x: square.x + step / 2, y: square.y + step / 2, side: square.side - step },
  };
  if (!(event.key in changes)) return;
  event.preventDefault();
  move(changes[event.key]);
  clearTimeout(resting);
  resting = setTimeout(settle, 400);
});
