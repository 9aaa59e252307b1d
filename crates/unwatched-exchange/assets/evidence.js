// One more row for a piece of evidence. Without scripts the form already has three.

export function moreEvidence(set) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small-button";
  button.textContent = "One more piece of evidence";
  button.addEventListener("click", () => {
    const pieces = set.querySelectorAll(".piece");
    const copy = pieces[pieces.length - 1].cloneNode(true);
    const number = pieces.length + 1;
    copy.setAttribute("aria-label", `Piece ${number}`);
    for (const field of copy.querySelectorAll("[id]")) {
      const id = field.id.replace(/-\d+$/, `-${number}`);
      copy.querySelector(`label[for="${field.id}"]`)?.setAttribute("for", id);
      field.id = id;
      if (field.tagName === "INPUT") field.value = "";
    }
    pieces[pieces.length - 1].after(copy);
    copy.querySelector("input").focus();
  });
  set.append(button);
}
