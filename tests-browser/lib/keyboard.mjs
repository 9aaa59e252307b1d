// A person without a mouse: everything by pressing keys on what has the focus. Nothing here clicks,
// fills or focuses by script; a page is left only by what its own links and forms do.

const MOST_STOPS = 250;

export class Keyboard {
  constructor(page) {
    this.page = page;
    // From the first listener on, the browser asks us instead of showing its dialogue; that takes
    // a moment, and a key pressed before it would open the dialogue for nobody.
    page.on("filechooser", () => {});
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  // What has the focus: its role as far as a walk needs it, its name, and whether it can be seen.
  focused() {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return { name: "", tag: "body" };
      const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
      const name = element.getAttribute("aria-label") ?? (labels || element.textContent || element.value || "");
      const style = getComputedStyle(element);
      return {
        tag: element.tagName.toLowerCase(),
        type: element.type ?? "",
        id: element.id,
        value: element.value ?? "",
        href: element.getAttribute("href") ?? "",
        name: name.replace(/\s+/g, " ").trim(),
        visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      };
    });
  }

  // Tab by Tab until what has the focus is what is wanted; every stop must show that it has it.
  async to(wanted, what, key = "Tab") {
    const unseen = [];
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      const here = await this.focused();
      if (wanted(here)) return unseen;
      if (here.tag !== "body" && here.id !== "main" && here.type !== "file" && !here.visible) unseen.push(here.name);
      await this.press(key);
    }
    throw new Error(`the keyboard does not reach ${what} on ${this.page.url()}`);
  }

  toLink(name) {
    return this.to(({ tag, name: found }) => tag === "a" && matches(found, name), `the link ${name}`);
  }

  toButton(name) {
    return this.to(
      ({ tag, name: found }) => (tag === "button" || tag === "summary") && matches(found, name),
      `the button ${name}`,
    );
  }

  toField(id, key) {
    return this.to(({ id: found }) => found === id, `the field #${id}`, key);
  }

  // Enter on what has the focus, and the page that follows.
  async go(pattern) {
    const arrived = this.page.waitForURL(pattern, { waitUntil: "load" });
    await this.press("Enter");
    await arrived;
  }

  async follow(name, pattern) {
    await this.toLink(name);
    await this.go(pattern);
  }

  async push(name, pattern) {
    await this.toButton(name);
    if (pattern) await this.go(pattern);
    else await this.press("Enter");
  }

  async write(id, text) {
    await this.toField(id);
    await this.press("Control+a");
    await this.type(text);
  }

  // One of a group of radio buttons: Tab leads into the group, arrows through it.
  async choose(name, value) {
    const inGroup = () => this.page.evaluate(() => document.activeElement?.name ?? "");
    for (let stop = 0; stop < MOST_STOPS && (await inGroup()) !== name; stop += 1) await this.press("Tab");
    if ((await this.focused()).value === value) return this.press("Space");
    for (let step = 0; step < 40; step += 1) {
      await this.press("ArrowDown");
      if ((await this.focused()).value === value) return undefined;
    }
    throw new Error(`arrows do not reach ${value} of ${name}`);
  }

  // A list's choice, by arrows.
  async select(id, value) {
    await this.toField(id);
    for (const arrow of ["ArrowUp", "ArrowDown"]) {
      for (let step = 0; step < 20; step += 1) {
        if ((await this.focused()).value === value) return;
        await this.press(arrow);
      }
    }
    throw new Error(`arrows do not reach ${value} of #${id}`);
  }

  // The file field opens the system's own dialogue, which no browser lets a page drive.
  async files(id, files) {
    await this.toField(id);
    const asked = this.page.waitForEvent("filechooser");
    await this.press("Enter");
    await (await asked).setFiles(files);
  }
}

function matches(found, wanted) {
  return wanted instanceof RegExp ? wanted.test(found) : found === wanted;
}
