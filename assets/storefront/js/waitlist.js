// A place in a waitlist: looks again as soon as the stream tells another state or place.
const box = document.querySelector("#waitlist");
if (box instanceof HTMLElement && box.dataset.stream) {
  const { stream, state, position } = box.dataset;
  const source = new EventSource(stream);
  source.onmessage = (/** @type {MessageEvent<string>} */ message) => {
    const entry = JSON.parse(message.data);
    if (entry.state !== state) {
      source.close();
      location.reload();
      return;
    }
    const place = document.querySelector("[data-place]");
    if (place && entry.position !== null && String(entry.position) !== position) place.textContent = `Place ${entry.position}`;
  };
}
