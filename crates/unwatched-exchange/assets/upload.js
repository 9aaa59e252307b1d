// Samples by drag and drop, each file sent by itself: a bar for each, then its analysis as it goes
// on. A file that is refused costs the others nothing. The form alone does the same work without
// scripts.

import { follow } from "./live.js";

// A browser opens six connections to one server at most; the page itself needs some.
const SENT_AT_ONCE = 2;
const FOLLOWED_AT_ONCE = 2;

export function upload(form) {
  const input = form.querySelector("input[type=file]");
  const words = form.querySelector("[data-words]");
  const list = form.querySelector("[data-files]");
  drop(form.querySelector("[data-drop]"), input);
  input.addEventListener("change", () => {
    const count = input.files.length;
    words.textContent = count === 1 ? `${input.files[0].name} chosen` : `${count} files chosen`;
  });
  form.addEventListener("submit", (event) => {
    const files = [...input.files];
    if (!files.length || form.dataset.sending) return;
    event.preventDefault();
    form.dataset.sending = "yes";
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
    send(form, files, list, words);
  });
}

function drop(zone, input) {
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
}

async function send(form, files, list, words) {
  const lines = files.map((file) => line(list, file));
  const followed = queue(FOLLOWED_AT_ONCE);
  const sent = queue(SENT_AT_ONCE);
  const analysed = [];
  const taken = await Promise.all(lines.map((one) => sent(async () => {
    const answer = await post(form, one);
    words.textContent = `${lines.filter(({ ended }) => ended).length} of ${lines.length} sent`;
    if (answer) analysed.push(followed(() => watch(one, answer)));
    return answer;
  })));
  const here = taken.filter(Boolean);
  if (files.length === 1 && here.length === 1) {
    location.assign(here[0].href);
    return;
  }
  const refused = taken.length - here.length;
  const said = `${here.length} taken in, ${refused} refused`;
  words.textContent = here.length ? `${said}; their analysis goes on` : said;
  await Promise.all(analysed);
  if (here.length) words.textContent = `${said}; every analysis has ended`;
  form.querySelector("[data-again]").hidden = false;
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
}

// At most so many at a time, in order.
function queue(places) {
  const waiting = [];
  const next = () => {
    if (!places || !waiting.length) return;
    places -= 1;
    const { work, resolve } = waiting.shift();
    Promise.resolve(work()).then(resolve).finally(() => { places += 1; next(); });
  };
  return (work) => new Promise((resolve) => { waiting.push({ work, resolve }); next(); });
}

function line(list, file) {
  const item = document.createElement("li");
  const name = document.createElement("bdi");
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Sending ${file.name}`);
  const state = document.createElement("span");
  state.className = "tag tag-none";
  state.textContent = "waits to be sent";
  item.append(name, bar, state);
  list.append(item);
  return { file, item, name, bar, state, ended: false };
}

function say(one, text, kind) {
  one.state.textContent = text;
  one.state.className = `tag${kind ? ` tag-${kind}` : ""}`;
}

function post(form, one) {
  const body = new FormData(form);
  // The file last: what is said about it has to be known when it comes in.
  body.delete("file");
  body.append("file", one.file);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) return;
      one.bar.max = total;
      one.bar.value = loaded;
      const part = `${Math.floor((loaded / total) * 100)} % sent`;
      say(one, loaded < total ? part : "the exchange takes it in", "busy");
    });
    const end = (text, answer) => {
      one.ended = true;
      one.bar.hidden = true;
      say(one, text, answer ? "busy" : "failed");
      resolve(answer);
    };
    request.addEventListener("load", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* an error page */ }
      const [result] = answer?.results ?? [];
      if (result?.href) end("waits for analysis", result);
      else end(result?.refused ?? answer?.detail ?? `refused (status ${request.status})`, null);
    });
    request.addEventListener("error", () => end("the connection broke off: not sent", null));
    request.send(body);
  });
}

// Shows the sample's link, and its state until the analysis has ended.
function watch(one, { href }) {
  const link = document.createElement("a");
  link.href = href;
  one.name.replaceWith(link);
  link.append(one.name);
  return new Promise((resolve) => {
    follow(`${href}/events`, (state) => {
      const said = { queued: "waits for analysis", analysing: "is being analysed", analysed: "analysed", failed: "not analysed" };
      const ended = state === "analysed" || state === "failed";
      say(one, said[state] ?? state, ended ? (state === "failed" ? "failed" : "") : "busy");
      if (ended) resolve();
    }, resolve);
  });
}
