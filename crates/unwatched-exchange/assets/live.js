// A sample's page follows its analysis by server-sent events, and loads itself anew when the
// analysis has ended. Without scripts the page asks again every few seconds.

export function follow(element) {
  const source = new EventSource(element.dataset.follow);
  const words = element.querySelector("[data-state]");
  source.addEventListener("state", (event) => {
    const { state } = JSON.parse(event.data);
    const text = element.dataset[state];
    if (!text) {
      source.close();
      location.reload();
    } else if (words && words.textContent !== text) {
      words.textContent = text;
      element.classList.add("changed");
    }
  });
}
