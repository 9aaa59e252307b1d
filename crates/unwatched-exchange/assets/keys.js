// Keys for people who keep the portal open all day. `?` lists them. Single keys disturb people who
// speak to their computer: they can be switched off, here and on the account's page, and they
// never act while a field has the focus or another key is held.

const SETTING = "unwatched-keys";
const PATIENCE_MS = 1500;

export function keys(page) {
  const help = page.querySelector("dialog[data-keys]");
  if (!help) return;
  const setting = { on: read() !== "off" };
  switches(page, setting);
  helps(page, help);
  let wentAt = -PATIENCE_MS;
  page.addEventListener("keydown", (event) => {
    if (!setting.on || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || inField(event.target) || help.open) return;
    const after = event.timeStamp - wentAt < PATIENCE_MS;
    wentAt = -PATIENCE_MS;
    if (after) {
      page.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "g") {
      wentAt = event.timeStamp;
    } else if (pressed(page, help, event.key)) {
      event.preventDefault();
    }
  });
}

// Whether the key meant something here.
function pressed(page, help, key) {
  switch (key) {
    case "/": return toSearch(page);
    case "?": help.showModal(); return true;
    case "j": return step(page, 1);
    case "k": return step(page, -1);
  }
  const marked = page.querySelector(`[data-press="${CSS.escape(key)}"]`);
  marked?.click();
  return Boolean(marked);
}

function toSearch(page) {
  const search = page.querySelector("[data-search]");
  search?.focus();
  search?.select();
  return Boolean(search);
}

// Moves the focus between the first links of a list's lines, so that Enter opens what is marked.
function step(page, by) {
  const lines = [...page.querySelectorAll("main [data-list] > tr, main [data-list] > li")];
  const links = lines.map((line) => line.querySelector("a")).filter((link) => link?.checkVisibility());
  if (!links.length) return false;
  const line = page.activeElement?.closest?.("[data-list] > *");
  const here = links.findIndex((link) => link === page.activeElement || (line && line.contains(link)));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link.focus({ focusVisible: true });
  link.scrollIntoView({ block: "nearest" });
  return true;
}

function helps(page, help) {
  for (const button of page.querySelectorAll("[data-keys-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  help.querySelector("[data-keys-close]").addEventListener("click", () => help.close());
}

function switches(page, setting) {
  const buttons = page.querySelectorAll("[data-keys-switch]");
  const show = () => {
    for (const button of buttons) {
      button.hidden = false;
      button.textContent = setting.on ? "Switch keys off" : "Switch keys on";
    }
    for (const words of page.querySelectorAll("[data-keys-state]")) {
      words.textContent = setting.on ? "Keys are on in this browser." : "Keys are off in this browser.";
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      setting.on = !setting.on;
      write(setting.on ? "on" : "off");
      show();
    });
  }
  show();
}

function inField(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
}

function read() {
  try { return localStorage.getItem(SETTING); } catch { return null; }
}

function write(value) {
  try { localStorage.setItem(SETTING, value); } catch { /* the setting then lasts for this page */ }
}
