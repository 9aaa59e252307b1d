// Samples by drag and drop, with a bar that shows how far the sending is. The form alone does the
// same work without scripts.

export function upload(form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-drop]");
  const sending = form.querySelector("[data-sending]");
  const bar = sending.querySelector("progress");
  const words = sending.querySelector("[data-words]");
  const button = form.querySelector("button[type=submit]");

  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("drop-over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    zone.addEventListener(name, () => zone.classList.remove("drop-over"));
  }
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", () => {
    const count = input.files.length;
    sending.hidden = count === 0;
    bar.hidden = true;
    words.textContent = count === 1 ? `${input.files[0].name} chosen` : `${count} files chosen`;
  });

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return;
      bar.max = total;
      bar.value = loaded;
      words.textContent = loaded < total
        ? `${Math.floor((loaded / total) * 100)} % sent`
        : "Sent. The exchange is taking it in.";
    });
    const failed = (text) => {
      button.disabled = false;
      bar.hidden = true;
      words.textContent = text;
    };
    request.addEventListener("load", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* an error page */ }
      if (request.status < 300 && answer?.location) location.assign(answer.location);
      else failed(answer?.detail ?? `The exchange refused the files (status ${request.status}).`);
    });
    request.addEventListener("error", () => failed("The connection broke off before the files were sent."));
    button.disabled = true;
    sending.hidden = false;
    bar.hidden = false;
    bar.value = 0;
    words.textContent = "Sending";
    request.send(new FormData(form));
  });
}
