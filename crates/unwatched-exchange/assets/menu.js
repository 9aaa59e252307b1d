// A menu made of <details> also closes by Escape, by a press elsewhere and when the focus leaves.
// And a form's list of faults gets the focus, so that it is read first.

export function menu(details) {
  const close = () => { details.open = false; };
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    close();
    details.querySelector("summary").focus();
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!details.contains(event.target)) close();
  });
}

export function focusFirst(page) {
  page.querySelector("[data-focus]")?.focus();
}
