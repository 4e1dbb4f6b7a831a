// The camera, live: its frames go to this server as 32x32 pixels, and the answers follow.
// @ts-check

const video = () => /** @type {HTMLVideoElement | null} */ (document.querySelector('#tw-video'));
const control = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (
  document.querySelector(`.tw-controls [data-do=${name}]`));
/** @type {MediaStream | null} */
let stream = null;
/** @type {Uint8Array<ArrayBuffer> | null} */
let latest = null;

/** @param {string} state off, live or frozen */
const show = (state) => {
  const on = state !== 'off';
  const element = video();
  const stage = /** @type {HTMLElement | null} */ (document.querySelector('#tw-stage'));
  if (element) element.hidden = !on;
  if (stage) stage.hidden = !on;
  control('camera')?.setAttribute('aria-pressed', String(on));
  const freeze = control('freeze');
  if (freeze) {
    freeze.hidden = !on;
    freeze.textContent = state === 'frozen' ? 'Go on' : 'Freeze';
  }
};

const centre = (/** @type {HTMLVideoElement} */ { videoWidth, videoHeight }) => {
  const side = Math.min(videoWidth, videoHeight);
  return { x: (videoWidth - side) / 2, y: (videoHeight - side) / 2, side };
};

const run = async () => {
  const element = video();
  while (element && stream && !element.paused) {
    // While the answer to a frame is under way, no other is sent.
    if (element.videoWidth) {
      latest = window.twPixels(element, centre(element));
      await window.twLive(latest);
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
};

/** Keep the last frame, as the picture that all tabs use. */
const settle = () => {
  if (latest) window.twChoose('pixels', window.twBase64(latest));
  latest = null;
};

const stop = () => {
  if (!stream) return;
  stream.getTracks().forEach((track) => track.stop());
  stream = null;
  const element = video();
  if (element) element.srcObject = null;
  show('off');
};

const start = async () => {
  const element = video();
  if (!element) return;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: 640, height: 480 },
    });
  } catch {
    window.twChoose('no camera');
    return;
  }
  // The first answer needs a place to be shown in.
  document.dispatchEvent(new CustomEvent('tw-shown', { detail: { sample: -1 } }));
  element.srcObject = stream;
  await element.play();
  show('live');
  run();
};

const freeze = async () => {
  const element = video();
  if (!element || !stream) return;
  if (element.paused) {
    await element.play();
    show('live');
    run();
  } else {
    element.pause();
    show('frozen');
    settle();
  }
};

document.addEventListener('click', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest('[data-do=camera]')) {
    if (!stream) start();
    else {
      stop();
      settle();
    }
  } else if (target.closest('[data-do=freeze]')) freeze();
  // Another picture or another tab ends it.
  else if (target.closest('.tw-choice, [data-do]:not([data-do=save]), #tabs [role=tab]')) stop();
});
document.addEventListener('tw-photo', stop);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) stop();
});
