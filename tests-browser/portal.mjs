// Walks the portal in a real browser as two partners do: sign in, put an app in, read its report,
// create a family, give opinions, see the verdict, see the release. Every page on the way is
// checked for accessibility (axe), for sideways scrolling at 320 px, and is photographed in light,
// dark and at 320 px. What the environment must name is in README.md.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { Checks } from "./lib/checks.mjs";
import { open } from "./lib/browser.mjs";
import { inspect } from "./lib/inspect.mjs";
import { required } from "./lib/settings.mjs";

const settings = required();
const checks = new Checks();
await mkdir(settings.pictures, { recursive: true });

async function walk() {
  const name = `Watch Walk ${Date.now().toString(36)}`;
  const a = await person(settings.a);
  const b = await person(settings.b);

  await checks.group("before sign-in", () => signedOut(a));
  await checks.group("sign-in with the keyboard alone", () => signInByKeyboard(a, settings.a));
  await checks.group("sign-in", () => signIn(b, settings.b));
  await checks.group("upload and report", () => uploadAndRead(a));
  await checks.group("search", () => search(a));
  await checks.group("a family", () => createFamily(a, name));
  await checks.group("opinions of the first partner", () => opinions(a, name));
  await checks.group("opinions of the second partner", () => opinions(b, name));
  await checks.group("the verdict", () => verdict(a, name));
  await checks.group("the release", () => release(a));
  await checks.group("without scripts", () => withoutScripts());
  await checks.group("sign-out", () => signOut(b));
  for (const page of [a, b]) checks.none("messages of the browser's console", page.complaints);
}

async function person() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.complaints = [];
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

const at = (path) => settings.base + path;
const look = (page, title) => inspect(page, title, settings, checks);

async function signedOut(page) {
  await page.goto(at("/portal/samples"));
  checks.equal("a page asked for without a session", new URL(page.url()).pathname, "/portal/sign-in");
  await look(page, "sign-in");
  await page.getByLabel("E-mail").fill("nobody@lab.example");
  await page.getByLabel("Password").fill("wrong-password");
  await page.getByRole("button", { name: "Sign in" }).click();
  checks.includes("a wrong password", await page.getByRole("alert").textContent(), "do not go together");
  checks.equal("the e-mail stays in its field", await page.getByLabel("E-mail").inputValue(), "nobody@lab.example");
  await look(page, "sign-in-refused");
  const answer = await page.goto(at("/portal/sign-in"));
  const headers = answer.headers();
  checks.includes("content policy", headers["content-security-policy"] ?? "", "default-src 'none'");
  checks.equal("kept by nobody", headers["cache-control"], "no-store");
  await page.goto(at("/portal/"));
}

async function signInByKeyboard(page, login) {
  await page.goto(at("/portal/families"));
  const press = (key) => page.keyboard.press(key);
  await press("Tab");
  checks.equal("the first stop of the keyboard", await focused(page), "Skip to the content");
  await reach(page, "email");
  checks.ok("the focus can be seen", await focusIsVisible(page));
  await page.keyboard.type(login.email);
  await press("Tab");
  await page.keyboard.type(login.password);
  const arrived = page.waitForURL("**/portal/families");
  await press("Enter");
  await arrived;
  checks.equal("back where the person wanted to go", await page.getByRole("heading", { level: 1 }).textContent(), "Families");
  await look(page, "families");
  await page.goto(at("/portal/"));
  await press("/");
  checks.equal("the key / goes to the search field", await page.evaluate(() => document.activeElement.id), "find");
  await page.goto(at("/portal/"));
  const released = page.waitForURL("**/portal/releases");
  await press("g");
  await press("r");
  await released;
  await page.goto(at("/portal/"));
  await page.getByRole("button", { name: "Switch keys off" }).click();
  await press("/");
  checks.ok("keys can be switched off", await page.evaluate(() => document.activeElement.id !== "find"));
  await page.getByRole("button", { name: "Switch keys on" }).click();
  await look(page, "overview");
}

async function reach(page, id) {
  for (let step = 0; step < 20; step += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach #${id}`);
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

const focusIsVisible = (page) =>
  page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });

async function signIn(page, login) {
  await page.goto(at("/portal/"));
  await page.getByLabel("E-mail").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  checks.equal("signed in", await page.getByRole("heading", { level: 1 }).textContent(), "Overview");
  checks.includes("in the name of the partner", await page.locator(".who").textContent(), login.partner);
}

async function uploadAndRead(page) {
  await page.goto(at("/portal/samples"));
  await look(page, "samples");
  await page.getByLabel("App files").setInputFiles(settings.apk);
  checks.includes("the chosen file is named", await page.locator("[data-words]").textContent(), basename(settings.apk));
  const sent = page.waitForURL(/\/portal\/samples\/[0-9a-f]{64}$/);
  await page.getByRole("button", { name: "Put in" }).click();
  await sent;
  page.sample = new URL(page.url()).pathname.split("/").pop();
  checks.ok("what was done is told", await page.locator(".told").count() <= 1);
  // The page loads itself anew when the server's event says that the analysis has ended.
  await page.locator(".capability").first().waitFor({ timeout: settings.patience_ms });
  const groups = await page.locator(".group > h3").count();
  checks.ok("capabilities stand in groups", groups > 0);
  const text = await page.locator("main").textContent();
  checks.includes("certificates are claims", text, "claimed, not verified");
  for (const word of ["stalkerware", "watchware", "dangerous", "malicious"]) {
    if (await page.locator("#identity + .empty").count()) {
      checks.ok(`an analysis does not say “${word}”`, !text.toLowerCase().includes(word));
    }
  }
  await page.locator(".capability summary").nth(1).click();
  const firstScreen = join(settings.pictures, "sample-first-screen.png");
  await page.screenshot({ path: firstScreen, clip: { x: 0, y: 0, width: 1280, height: 1160 }, fullPage: true });
  checks.ok("a capability has evidence with its place", await page.locator(".capability .evidence tbody tr").count() > 0);
  await look(page, "sample");
  await page.goto(at("/portal/samples"));
  await look(page, "samples-with-one");
  await page.goto(at(`/portal/samples/${"0".repeat(64)}`));
  checks.equal("an unknown sample", await page.getByRole("heading", { level: 1 }).textContent(), "Not found");
  await look(page, "not-found");
}

async function search(page) {
  await page.goto(at("/portal/"));
  await page.getByRole("searchbox").fill(page.sample);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/portal/search?**");
  const hit = page.locator(`main a[href="/portal/samples/${page.sample}"]`);
  checks.equal("the sample is found by its hash", await hit.count(), 1);
  await look(page, "search");
  await page.goto(at("/portal/search?q=nothing-has-this-name"));
  await look(page, "search-nothing");
}

async function createFamily(page, name) {
  await page.goto(at("/portal/families/new"));
  await look(page, "family-new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Other names").fill("Walk Panel\nWalk Kids");
  await page.getByLabel("Where it runs").selectOption("android");
  await page.getByRole("button", { name: "Create" }).click();
  checks.equal("the family has a page", await page.getByRole("heading", { level: 1 }).textContent(), name);
  page.family = new URL(page.url()).pathname;
  checks.includes("nothing is judged yet", await page.locator("main").textContent(), "Undecided");
  await look(page, "family-new-page");
  await page.getByRole("link", { name: "Add an indicator" }).click();
  await look(page, "indicator-form");
  await page.getByLabel("Value").fill("no package name");
  await page.getByLabel("Source").fill("own analysis");
  await page.getByRole("button", { name: "Add this indicator" }).click();
  checks.includes("a wrong value is refused in words", await page.getByRole("alert").textContent(), "package");
  await look(page, "indicator-refused");
  await page.getByLabel("Value").fill("com.example.watchwalk");
  await page.getByRole("radio", { name: "TLP:CLEAR" }).check();
  await page.getByRole("button", { name: "Add this indicator" }).click();
  checks.includes("the indicator is on the page", await page.locator("#indicators").locator("xpath=../..").textContent(), "com.example.watchwalk");
}

const ANSWERS = [
  ["tracks", "It holds"],
  ["offered_to_individuals", "It holds"],
  ["hides_itself", "It holds"],
];

async function opinions(page, name) {
  await page.goto(at("/portal/families"));
  await page.getByRole("link", { name, exact: true }).click();
  page.family = new URL(page.url()).pathname;
  for (const [criterion, answer] of ANSWERS) {
    await page.goto(at(`${page.family}/opinion?criterion=${criterion}`));
    checks.ok(`${criterion} is chosen by the link`, await page.locator(`input[value="${criterion}"]`).isChecked());
    await page.getByRole("radio", { name: answer, exact: true }).check();
    if (criterion === "tracks" && page.sample) await evidenceFromSample(page);
    else await note(page, "Seen on the maker’s page.");
    await page.getByRole("button", { name: "Give this opinion" }).click();
    await page.locator(".told").waitFor();
  }
  await page.goto(at(`${page.family}/opinion`));
  await page.locator('input[value="exfiltrates"]').check();
  await page.getByRole("radio", { name: "It holds", exact: true }).check();
  await page.getByRole("button", { name: "Give this opinion" }).click();
  checks.includes("an opinion needs evidence", await page.getByRole("alert").textContent(), "at least one piece");
  checks.ok("what was chosen stays chosen", await page.locator('input[value="exfiltrates"]').isChecked());
  await look(page, "opinion-refused");
}

async function note(page, words) {
  await page.getByLabel("Kind").first().selectOption("note");
  await page.getByLabel("Value").first().fill(words);
}

// By the link beside a capability, through the question for which family it speaks.
async function evidenceFromSample(page) {
  await page.goto(at(`/portal/samples/${page.sample}`));
  await page.getByRole("link", { name: "Use as evidence" }).first().click();
  await look(page, "opinion-family");
  await page.getByLabel("For which family?").selectOption(page.family.split("/").pop());
  await page.getByRole("button", { name: "Go on to the opinion" }).click();
  checks.ok("the evidence is filled in", (await page.getByLabel("Value").first().inputValue()).length > 0);
  await page.getByRole("button", { name: "One more piece of evidence" }).click();
  checks.ok("a further row of evidence", await page.locator(".piece").count() >= 4);
  await page.locator('input[value="tracks"]').check();
  await page.getByRole("radio", { name: "It holds", exact: true }).check();
  await look(page, "opinion-form");
}

async function verdict(page, name) {
  await page.goto(at(page.family));
  const text = await page.locator("main").textContent();
  checks.includes("the verdict is the coalition's", text, "Stalkerware by the coalition’s verdict, rule version 1");
  checks.includes("it recomputes", text, "the same SHA-256");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "The counted opinions as a file" }).click(),
  ]);
  const digest = createHash("sha256").update(await readFile(await download.path())).digest("hex");
  checks.includes("the file's SHA-256 stands in the verdict", text, digest);
  await look(page, "family");
  await page.goto(at("/portal/"));
  checks.includes("the overview shows the family", await page.locator("main").textContent(), name);
  await look(page, "overview-after");
}

async function release(page) {
  await page.goto(at("/portal/releases"));
  const before = await page.locator("#current").textContent();
  if (settings.publish) {
    const [program, ...words] = settings.publish;
    await promisify(execFile)(program, words);
    await page.reload();
    checks.ok("a new release is shown", (await page.locator("#current").textContent()) !== before);
    checks.includes("its files are listed", await page.locator("main").textContent(), "indicators.bin");
    const bundle = await page.request.get(at("/feeds/v1/bundle"));
    checks.equal("the bundle can be had without an account", bundle.status(), 200);
  }
  await look(page, "releases");
}

async function withoutScripts() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(at("/portal/"));
  await page.getByLabel("E-mail").fill(settings.a.email);
  await page.getByLabel("Password").fill(settings.a.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto(at("/portal/samples"));
  await page.getByLabel("App files").setInputFiles(settings.apk);
  await page.getByRole("button", { name: "Put in" }).click();
  await page.waitForURL(/\/portal\/samples\/[0-9a-f]{64}$/);
  checks.includes("a second submission is told", await page.locator(".told").textContent(), "known");
  await page.goto(at("/portal/samples"));
  const buffer = anotherFile(await readFile(settings.apk));
  await page.getByLabel("App files").setInputFiles({ name: "walk-again.apk", mimeType: "application/zip", buffer });
  await page.getByRole("button", { name: "Put in" }).click();
  checks.includes("a new sample is told", await page.locator(".told").textContent(), "taken in");
  // The page asks for itself again until the report is there.
  await page.locator(".capability").first().waitFor({ timeout: settings.patience_ms });
  await page.goto(at("/portal/families"));
  checks.equal("pages are whole without scripts", await page.getByRole("heading", { level: 1 }).textContent(), "Families");
  await context.close();
}

// The same app as a file of another hash: a ZIP may end with a comment.
function anotherFile(apk) {
  const comment = Buffer.from(`walk ${Date.now()}`);
  const copy = Buffer.concat([apk, comment]);
  copy.writeUInt16LE(comment.length, apk.length - 2);
  return copy;
}

async function signOut(page) {
  await page.getByRole("button", { name: "Sign out" }).click();
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
