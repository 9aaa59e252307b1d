// Follows a sample's analysis by server-sent events. A sample's page loads itself anew when the
// analysis has ended; without scripts it asks again every few seconds.

export function follow(address, told, ended = () => {}) {
  const source = new EventSource(address);
  source.addEventListener("state", (event) => {
    const { state } = JSON.parse(event.data);
    told(state);
    if (state === "analysed" || state === "failed") {
      source.close();
      ended();
    }
  });
  source.addEventListener("error", () => {
    // A stream that is refused does not open again by itself.
    if (source.readyState === EventSource.CLOSED) ended();
  });
}

export function followPage(element) {
  const words = element.querySelector("[data-state]");
  follow(element.dataset.follow, (state) => {
    const text = element.dataset[state];
    if (!text) {
      location.reload();
    } else if (words && words.textContent !== text) {
      words.textContent = text;
      element.classList.add("changed");
    }
  });
}
