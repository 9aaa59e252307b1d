// A page that shows how work is going brings its moving parts up to date when the server says that
// something changed. Without scripts the page asks again every few seconds.

export function watch(element) {
  const source = new EventSource(element.dataset.watch);
  let asking = false;
  source.addEventListener("changed", async () => {
    if (asking || element.contains(document.activeElement)) return;
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) bring(element, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } finally {
      asking = false;
    }
  });
}

function bring(element, page) {
  for (const part of element.querySelectorAll("section[id]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceWith(fresh);
  }
}
