// Keys for people who keep the portal open all day: `/` puts the cursor into the search field,
// `g` then a letter goes to a section. They can be switched off in the foot of every page, because
// single keys disturb people who speak to their computer.

const SETTING = "unwatched-keys";
const PATIENCE_MS = 1200;

export function keys(page) {
  const hint = page.querySelector("[data-keys]");
  if (!hint) return;
  let on = read() !== "off";
  const button = page.createElement("button");
  button.type = "button";
  button.className = "link-button small";
  const show = () => {
    hint.hidden = false;
    hint.classList.toggle("quiet", !on);
    button.textContent = on ? "Switch keys off" : "Switch keys on";
  };
  button.addEventListener("click", () => {
    on = !on;
    write(on ? "on" : "off");
    show();
  });
  hint.append(" ", button);
  show();

  let wentAt = 0;
  page.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    if (event.key === "/") {
      const search = page.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
      return;
    }
    if (event.key === "g") {
      wentAt = event.timeStamp;
      return;
    }
    if (event.timeStamp - wentAt < PATIENCE_MS) {
      const link = page.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
    }
    wentAt = 0;
  });
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
