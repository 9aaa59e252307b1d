// Walks the portal in a real browser by keyboard alone, as partners do: sign in, put an app in,
// watch its analysis, search, sort it, give opinions as two partners, see the verdict, publish,
// recall. Then every page is looked at: axe, sideways scrolling, sizes, titles, landmarks, pictures
// in light, dark, at 320 px and on paper, with scripts and without. README.md says what the
// environment must name.

import { mkdir, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";

import { open } from "./lib/browser.mjs";
import { Checks } from "./lib/checks.mjs";
import { Keyboard } from "./lib/keyboard.mjs";
import { everyPage } from "./lib/pages.mjs";
import { inspect, violations } from "./lib/inspect.mjs";
import { required } from "./lib/settings.mjs";

const settings = required();
const checks = new Checks();
await mkdir(settings.pictures, { recursive: true });
const at = (path) => settings.base + path;
const look = (page, title) => inspect(page, title, settings, checks);

async function walk() {
  const name = `Watch Walk ${Date.now().toString(36)}`;
  const [a, b, c] = [await person(), await person(), await person()];
  await checks.group("before sign-in", () => signedOut(a));
  await checks.group("sign-in", () => signIn(a, settings.a));
  await checks.group("keys", () => keys(a));
  await checks.group("upload, and watching the analysis", () => uploadAndWatch(a));
  await checks.group("many files at once", () => uploadMany(a));
  await checks.group("search", () => search(a));
  await checks.group("a family", () => createFamily(a, name));
  await checks.group("sorting the sample", () => sort(a, name));
  await checks.group("opinions of the first partner", () => opinions(a));
  await checks.group("sign-in of the second partner", () => signIn(b, settings.b));
  b.family = a.family;
  await checks.group("opinions of the second partner", () => opinions(b));
  await checks.group("the verdict", () => verdict(a));
  await checks.group("sign-in of the coordinator", () => signIn(c, settings.c));
  c.family = a.family;
  c.sample = a.sample;
  c.value = a.value;
  await checks.group("publishing", () => publish(c));
  await checks.group("recalling", () => recall(c));
  await checks.group("webhooks", () => webhooks(c));
  await checks.group("every page", () => everyPage({ a, c }, settings, checks));
  await checks.group("without scripts", () => withoutScripts(a));
  await checks.group("sign-out", () => signOut(b));
  for (const page of [a, b, c]) checks.none("messages of the browser's console", page.complaints);
}

async function person() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.complaints = [];
  page.keys = new Keyboard(page);
  page.on("console", (message) => {
    const refused = /status of 4\d\d/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !refused) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== settings.base && url.protocol !== "data:" && url.protocol !== "blob:") {
      page.complaints.push(`asked another server: ${request.url()}`);
    }
  });
  return page;
}

const heading = (page) => page.getByRole("heading", { level: 1 }).textContent();
const main = (page) => page.locator("main").textContent();

async function signedOut(page) {
  await page.goto(at("/portal/samples"));
  checks.equal("a page asked for without a session", new URL(page.url()).pathname, "/portal/sign-in");
  await look(page, "sign-in");
  await page.keys.write("email", "nobody@lab.example");
  await page.keys.write("password", "wrong-password");
  const answered = page.waitForEvent("load");
  await page.keys.press("Enter");
  await answered;
  checks.includes("a wrong password", await page.getByRole("alert").textContent(), "do not go together");
  checks.equal("the e-mail stays in its field", await page.locator("#email").inputValue(), "nobody@lab.example");
  await look(page, "sign-in-refused");
  const headers = (await page.goto(at("/portal/sign-in"))).headers();
  checks.includes("content policy", headers["content-security-policy"] ?? "", "default-src 'none'");
  checks.equal("kept by nobody", headers["cache-control"], "no-store");
}

async function signIn(page, login) {
  await page.goto(at("/portal/queue"));
  await page.keys.press("Tab");
  checks.equal("the first stop of the keyboard", (await page.keys.focused()).name, "Skip to the content");
  checks.none("stops without a visible focus", await page.keys.toField("email"));
  await page.keys.type(login.email);
  await page.keys.write("password", login.password);
  await page.keys.go("**/portal/queue");
  checks.equal("back where the person wanted to go", await heading(page), "Queue");
  checks.includes("in the name of the partner", await page.locator(".account > summary").textContent(), login.partner);
}

async function keys(page) {
  const { keys } = page;
  const active = () => page.evaluate(() => document.activeElement?.id ?? "");
  await keys.press("/");
  checks.equal("the key / goes to the search field", await active(), "find");
  await keys.type("?go");
  checks.equal("keys stay text in a field", await page.locator("#find").inputValue(), "?go");
  await keys.press("Tab", "Tab", "?");
  checks.ok("? lists the keys", await page.locator("#keys").evaluate((dialog) => dialog.open));
  await look(page, "key-list");
  await keys.press("Escape");
  checks.ok("Escape closes the list", !(await page.locator("#keys").evaluate((dialog) => dialog.open)));
  const went = page.waitForURL("**/portal/families");
  await keys.press("g", "f");
  await went;
  await keys.press("Control+g", "o");
  checks.equal("a key held with another means nothing here", new URL(page.url()).pathname, "/portal/families");
  await keys.toButton(new RegExp(`^${settings.a.partner}`));
  await keys.press("Enter");
  await keys.follow("Account", "**/portal/account");
  await keys.push("Switch keys off");
  await keys.press("/");
  checks.ok("keys can be switched off", (await active()) !== "find");
  await page.reload();
  await keys.press("/");
  checks.ok("and stay off", (await active()) !== "find");
  await keys.push("Switch keys on");
  await keys.press("/");
  checks.equal("and on again", await active(), "find");
}

async function uploadAndWatch(page) {
  const { keys } = page;
  const listed = page.waitForURL("**/portal/samples");
  await keys.press("Escape", "Tab", "Tab");
  await keys.press("g", "s");
  await listed;
  await keys.follow("Put in samples", "**/portal/samples/new");
  await keys.files("file", settings.apk);
  await keys.toButton("Put in");
  await keys.go(/\/portal\/samples\/[0-9a-f]{64}$/);
  page.sample = new URL(page.url()).pathname.split("/").pop();
  // The page loads itself anew when the server's event says that the analysis has ended.
  await page.locator(".capability").first().waitFor({ timeout: settings.patience_ms });
  const text = await main(page);
  checks.includes("the signature was checked", text, "scheme 2");
  checks.includes("and what Android makes of it is told", text, "on Android 7 and later");
  for (const word of ["stalkerware", "watchware", "dangerous", "malicious"]) {
    if (await page.locator("#identity + .empty").count()) {
      checks.ok(`an analysis does not say “${word}”`, !text.toLowerCase().includes(word));
    }
  }
  await keys.toButton(/pieces? of evidence/);
  await keys.press("Enter");
  checks.ok("a capability has evidence with its place", await page.locator(".capability details[open] tbody tr").count() > 0);
  await page.screenshot({ path: `${settings.pictures}/sample-first-screen.png` });
}

// The same app as files of other hashes, and one that is refused.
async function uploadMany(page) {
  const { keys } = page;
  const apk = await readFile(settings.apk);
  const files = [1, 2, 3].map((number) => ({
    name: `walk-${number}.apk`,
    mimeType: "application/zip",
    buffer: anotherFile(apk, `many ${number}`),
  }));
  files.splice(1, 0, { name: "empty.apk", mimeType: "application/zip", buffer: Buffer.alloc(0) });
  const listed = page.waitForURL("**/portal/samples");
  await keys.press("g", "s");
  await listed;
  await keys.follow("Put in samples", "**/portal/samples/new");
  await keys.select("tlp", "GREEN");
  await keys.files("file", files);
  await keys.toButton("Put in");
  await keys.press("Enter");
  await page.getByText("every analysis has ended").waitFor({ timeout: settings.patience_ms });
  const lines = await page.locator("[data-files] li").allTextContents();
  checks.equal("every file has its line", lines.length, 4);
  checks.includes("the empty one is refused, with the reason", lines[1] ?? "", "empty");
  checks.equal("and cost the others nothing", lines.filter((line) => line.endsWith("analysed")).length, 3);
  await look(page, "upload-many");
  await keys.follow("walk-1.apk", /\/portal\/samples\/[0-9a-f]{64}$/);
  checks.includes("shared as was said", await main(page), "TLP:GREEN");
}

async function search(page) {
  const { keys } = page;
  await keys.press("/");
  await keys.type(page.sample);
  await keys.go("**/portal/search?**");
  await page.locator(`main a[href="/portal/samples/${page.sample}"]`).waitFor();
  await keys.write("name", "the walk's sample");
  await keys.go("**/portal/search?**");
  checks.includes("a search is saved", await page.locator(".told").textContent(), "saved");
  await look(page, "search");
  await keys.to(({ id }) => id !== "name", "out of the field");
  await page.goto(at("/portal/search?q=" + page.sample));
  await keys.press("j");
  await keys.go(`**/portal/samples/${page.sample}`);
  await page.goto(at("/portal/search?q=nothing-has-this-name"));
  await look(page, "search-nothing");
}

async function createFamily(page, name) {
  const { keys } = page;
  const listed = page.waitForURL("**/portal/families");
  await keys.press("g", "f");
  await listed;
  await keys.follow("Create a family", "**/portal/families/new");
  await keys.write("name", name);
  await keys.go(/\/portal\/families\/watch-walk/);
  page.family = new URL(page.url()).pathname;
  checks.equal("the family's page", await heading(page), name);
  await keys.follow(/^Add an indicator/, "**/indicator*");
  page.value = `walk-${Date.now().toString(36)}.example`;
  // Of a role that blocks: those are what the public files of hosts have.
  await keys.select("kind", "domain");
  await keys.select("role", "c2");
  await keys.write("value", page.value);
  await keys.choose("tlp", "CLEAR");
  await keys.write("source", "seen on the maker's page");
  await keys.to(({ type }) => type === "checkbox", "where it comes from");
  await keys.press("Space");
  await keys.toField("source", "Shift+Tab");
  await keys.go(/\/portal\/families\/watch-walk[^/]*$/);
  checks.includes("the indicator is told", await page.locator(".told").textContent(), "added");
  page.indicator = await page.locator('a[href^="/portal/indicators/"]').first().getAttribute("href");
}

async function sort(page, name) {
  const { keys } = page;
  const queue = page.waitForURL("**/portal/queue");
  await keys.press("g", "q");
  await queue;
  checks.includes("the sample waits in the queue", await main(page), "because");
  await page.goto(at(`/portal/samples/${page.sample}`));
  await keys.choose("choice", "other");
  await keys.write("family", "no such family at all");
  const refused = page.waitForEvent("load");
  await keys.press("Enter");
  await refused;
  checks.includes("an unknown family is refused beside its field", await page.locator("#family-wrong").textContent(), "no family");
  checks.equal("what was typed stays", await page.locator("#family").inputValue(), "no such family at all");
  await look(page, "sort-refused");
  await keys.write("family", name);
  await keys.go(/\/portal\/(samples|queue)/);
  checks.includes("it is told", await page.locator(".told").textContent(), "off the queue");
  await page.goto(at(`/portal/samples/${page.sample}`));
  checks.includes("the sample says where it belongs", await page.locator("#belongs + ul").textContent(), name);
  checks.includes("and its history says who said so", await page.locator(".history").textContent(), "said that it belongs to");
}

const ANSWERS = ["tracks", "offered_to_individuals", "hides_itself"];

async function opinions(page) {
  const { keys } = page;
  for (const criterion of ANSWERS) {
    await page.goto(at(page.family));
    const form = page.waitForURL("**/opinion**");
    await keys.press("o");
    await form;
    await keys.choose("criterion", criterion);
    await keys.choose("stance", "holds");
    await keys.select("evidence-kind-1", "note");
    await keys.write("evidence-value-1", "Seen on the maker’s page.");
    await keys.push("Give this opinion", /\/portal\/families\/[^/]+$/);
    checks.includes("the opinion is told", await page.locator(".told").textContent(), "kept");
  }
  await page.goto(at(`${page.family}/opinion`));
  await keys.choose("criterion", "exfiltrates");
  await keys.choose("stance", "holds");
  await keys.push("Give this opinion");
  await page.getByRole("alert").waitFor();
  checks.ok("what was chosen stays chosen", await page.locator('input[value="exfiltrates"]').isChecked());
  await look(page, "opinion-refused");
}

async function verdict(page) {
  await page.goto(at(page.family));
  const text = await main(page);
  checks.includes("the verdict is the coalition's", text.toLowerCase(), "stalkerware by the coalition’s verdict");
  const file = page.locator('a[href$="opinions.jsonl"]').first();
  const digest = async () => {
    const body = await page.request.get(at(await file.getAttribute("href")));
    return createHash("sha256").update(await body.body()).digest("hex");
  };
  if (await file.count()) checks.includes("it recomputes from its opinions", text, await digest());
  await look(page, "family-judged");
  await page.goto(at(`${page.family}/verdict`));
  const told = await main(page);
  checks.includes("the verdict is told in plain sentences", told, "The coalition says:");
  checks.includes("with who said so, by category", told, "1 support organisation");
  await look(page, "verdict");
  await page.goto(at(`${page.family}/opinion?criterion=hides_itself`));
  checks.includes("what was said before is told", await main(page), "Answer again to change its mind");
  await look(page, "opinion-again");
  await page.goto(at("/portal/"));
  checks.includes("the overview tells of it", await page.locator(".history").first().textContent(), "Watch Walk");
}

async function publish(page) {
  const { keys } = page;
  const listed = page.waitForURL("**/portal/releases");
  await keys.press("g", "r");
  await listed;
  const before = await page.locator("#current").textContent();
  await keys.follow("Preview and publish", "**/portal/releases/preview");
  checks.includes("the preview has the new value", await main(page), page.value);
  await look(page, "release-preview");
  await keys.push("Publish this release, signed", "**/portal/releases");
  checks.ok("a new release is shown", (await page.locator("#current").textContent()) !== before);
  checks.ok("the value went out", (await hosts(page)).includes(page.value));
  const bundle = await page.request.get(at("/feeds/v1/bundle"));
  checks.equal("the bundle can be had without an account", bundle.status(), 200);
}

const hosts = async (page) => (await page.request.get(at("/feeds/v1/hosts"))).text();

async function recall(page) {
  const { keys } = page;
  await keys.toButton("Recall a value");
  await keys.press("Enter");
  await keys.write("recall-family", page.family.split("/").pop());
  await keys.select("recall-kind", "domain");
  await keys.write("recall-value", page.value);
  await keys.write("recall-why", "It belongs to somebody else.");
  await look(page, "recall");
  // The page that follows has the same address: what is waited for is its own coming.
  const told = page.waitForEvent("load");
  await keys.push("Recall this value");
  await told;
  checks.includes("the recall is told", await main(page), "It belongs to somebody else.");
  checks.ok("the value is in no file any more", !(await hosts(page)).includes(page.value));
  await page.goto(at("/portal/"));
  checks.includes("and whoever comes back reads of it", await page.locator(".history").first().textContent(), page.value);
}

async function webhooks(page) {
  const { keys } = page;
  // Each step's page has the same address: what is waited for is its own coming.
  const then = async (name) => {
    const came = page.waitForEvent("load");
    await keys.toButton(name);
    await keys.press("Enter");
    await came;
  };
  await page.goto(at("/portal/connections"));
  await keys.write("url", "https://127.0.0.1/");
  await then("Make this webhook");
  checks.includes("an address in a private network is refused", await page.locator("#refused").textContent(), "open internet");
  checks.equal("what was typed is kept", await page.locator("#url").inputValue(), "https://127.0.0.1/");
  await look(page, "webhook-refused");
  const address = "https://nobody.invalid/unwatched";
  await keys.write("url", address);
  await keys.write("label", "our SIEM");
  await keys.write("kinds", "verdict, indicator.added");
  await then("Make this webhook");
  checks.equal("a webhook is made", await heading(page), "A new webhook");
  const secret = /whsec_[\w+/=]+/.exec(await main(page))?.[0];
  checks.ok("its secret is shown", secret);
  await look(page, "webhook-made");
  await page.goto(at("/portal/connections"));
  checks.ok("the secret is shown once", !(await main(page)).includes(secret));
  checks.includes("the webhook is listed", await main(page), address);
  await then(/^Ping/);
  checks.includes("why a ping was lost is said in words", await page.getByRole("status").first().textContent(), "does not lead to the open internet");
  await look(page, "webhook-ping-lost");
  await then(/^Remove/);
  checks.includes("its removal is told", await page.getByRole("status").first().textContent(), "The webhook is removed");
  checks.ok("it is listed no more", !(await main(page)).includes(address));
}

async function withoutScripts(signedIn) {
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: await signedIn.context().storageState() });
  const page = await context.newPage();
  const keys = new Keyboard(page);
  const apk = await readFile(settings.apk);
  const file = (number) => ({ name: `plain-${number}.apk`, mimeType: "application/zip", buffer: anotherFile(apk, `plain ${number} ${Date.now()}`) });
  for (const count of [1, 2]) {
    await page.goto(at("/portal/samples/new"));
    await page.getByLabel("App files").setInputFiles(Array.from({ length: count }, (_, n) => file(`${count}-${n}`)));
    await page.getByRole("button", { name: "Put in" }).press("Enter");
    if (count === 1) {
      await page.waitForURL(/\/portal\/samples\/[0-9a-f]{64}$/);
      checks.includes("a new sample is told", await page.locator(".told").textContent(), "taken in");
      // The page asks for itself again until the report is there.
      await page.locator(".capability").first().waitFor({ timeout: settings.patience_ms });
    } else {
      await page.getByRole("heading", { name: "Samples put in" }).waitFor();
      checks.equal("a page lists every file", await page.locator("tbody tr").count(), 2);
    }
  }
  const paths = ["/portal/", "/portal/queue", "/portal/samples", "/portal/search?q=watch", "/portal/families", signedIn.family, `${signedIn.family}/indicator`, signedIn.indicator, "/portal/account"];
  for (const path of paths) {
    await page.goto(at(path));
    checks.ok(`${path} is whole without scripts`, (await heading(page)).length > 0);
    checks.ok(`${path} offers no button that only scripts serve`, await page.locator("[data-keys-help]:visible, [data-keys-switch]:visible").count() === 0);
  }
  await context.close();
  // axe is a script itself, and waits where the browser runs none: what it is shown are the same
  // pages without the portal's scripts.
  const bare = await browser.newContext({ storageState: await signedIn.context().storageState() });
  await bare.route("**/*.js", (route) => route.abort());
  const shown = await bare.newPage();
  for (const path of paths) {
    await shown.goto(at(path));
    checks.none(`axe on ${path} without scripts`, await violations(shown));
  }
  await bare.close();
  void keys;
}

function anotherFile(apk, text) {
  const comment = Buffer.from(`walk ${text} ${process.pid}`);
  const copy = Buffer.concat([apk, comment]);
  copy.writeUInt16LE(comment.length, apk.length - 2);
  return copy;
}

async function signOut(page) {
  const { keys } = page;
  await page.goto(at("/portal/"));
  await keys.toButton(new RegExp(`^${settings.b.partner}`));
  await keys.press("Enter");
  await keys.push("Sign out", "**/portal/sign-in");
  checks.includes("it is told", await page.locator(".told").textContent(), "signed out");
  await page.goto(at("/portal/families"));
  checks.equal("the session is over", new URL(page.url()).pathname, "/portal/sign-in");
}

const browser = await open(settings.chromium);
try {
  await walk();
} catch (error) {
  checks.failed("the walk ended early", error.stack ?? String(error));
} finally {
  await browser.close();
}
process.exit(checks.close());
