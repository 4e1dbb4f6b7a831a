// Uploads: many files go in several requests, and what fails is told in a sentence.
// @ts-check

// Gradio sends all files of one choice in one request, and 200 phone photos are larger than one may
// be. They go in several requests, one after another; Gradio sees one answer.
window.twPartBytes = 24e6;
const plainFetch = window.fetch.bind(window);

/** @param {File[]} files */
const inParts = (files) => {
  /** @type {File[][]} */
  const parts = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > window.twPartBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts[parts.length - 1].push(file);
    bytes += file.size;
  }
  return parts;
};

/** An error's own sentence, where Gradio would show its JSON. @param {Response} answer */
const inWords = async (answer) => {
  const text = await answer.text();
  let words = text;
  try {
    const { detail, error } = JSON.parse(text);
    words = detail || (error && error.message) || error || text;
  } catch { /* it is a sentence already */ }
  return new Response(String(words), { status: answer.status });
};

window.fetch = async (address, options) => {
  const url = new URL(address instanceof Request ? address.url : address, location.href);
  const body = options && options.body;
  if (!(body instanceof FormData) || !url.pathname.endsWith('/upload')) {
    return plainFetch(address, options);
  }
  const files = /** @type {File[]} */ (body.getAll('files'));
  const hint = /** @type {HTMLElement | null} */ (document.querySelector('[data-most-pictures]'));
  const most = hint ? Number(hint.dataset.mostPictures) : Infinity;
  const parts = inParts(files.slice(0, most));
  if (parts.length < 2 && files.length <= most) {
    const answer = await plainFetch(address, options);
    return answer.ok ? answer : inWords(answer);
  }
  // The progress that Gradio shows ends with the first request that has its number: the last one.
  const unnumbered = new URL(url);
  unnumbered.searchParams.delete('upload_id');
  /** @type {string[]} */
  const paths = [];
  for (const part of parts) {
    const own = new FormData();
    part.forEach((file) => own.append('files', file));
    const to = part === parts[parts.length - 1] ? address : unnumbered;
    const answer = await plainFetch(to, { ...options, body: own });
    if (!answer.ok) return inWords(answer);
    paths.push(...await answer.json());
  }
  // Files beyond the limit are not sent. The server counts them, and says that it left them out.
  while (paths.length < files.length) paths.push(paths[0]);
  return new Response(JSON.stringify(paths), { headers: { 'content-type': 'application/json' } });
};
