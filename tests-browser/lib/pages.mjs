// Every page that a partner's people can come to, found by following the portal's own links: one of
// each kind is looked at in every way.

import { inspect } from "./inspect.mjs";

// Pages of a kind are alike: one address of it is enough.
const kind = (path) =>
  path
    .replace(/[0-9a-f]{64}/g, "{sha256}")
    .replace(/^\/portal\/families\/(?!new$)[^/?#]+/, "/portal/families/{id}")
    .replace(/^\/portal\/groups\/(?!new$)[^/?#]+/, "/portal/groups/{slug}")
    .replace(/\/\d+(?=\/|$)/g, "/{number}")
    .replace(/[?#].*/, "");

// A file, a stream, or the way out: no page.
const isPage = (path) =>
  path.startsWith("/portal/") && !/\/(assets|sign-out|events|next|download)(\/|$)|\.(jsonl?|txt|age|zip)$/.test(path.replace(/[?#].*/, ""));

const MOST = 60;

export async function everyPage(people, settings, checks) {
  const seen = new Map();
  for (const [who, page] of Object.entries(people)) {
    const waiting = ["/portal/", page.family, page.sample && `/portal/samples/${page.sample}`].filter(Boolean);
    while (waiting.length && seen.size < MOST) {
      const path = waiting.shift();
      const name = `${who} ${kind(path)}`;
      if (seen.has(name)) continue;
      seen.set(name, path);
      const answer = await page.goto(settings.base + path);
      checks.ok(`${path} answers ${who}`, answer.status() === 200);
      waiting.push(...(await links(page)).filter((link) => !seen.has(`${who} ${kind(link)}`)));
      await frame(page, path, checks);
      // What both see alike is looked at once.
      if (who === "a" || !seen.has(`a ${kind(path)}`)) await inspect(page, title(path), settings, checks);
    }
  }
  const nowhere = await people.a.goto(`${settings.base}/portal/no-such-page`);
  checks.equal("an address without a page", nowhere.status(), 404);
  await inspect(people.a, "not-found", settings, checks);
  const interfaces = await people.a.goto(`${settings.base}/api/v1/docs`);
  checks.equal("the page about the interface", interfaces.status(), 200);
  await frame(people.a, "/api/v1/docs", checks);
  await inspect(people.a, "api-docs", settings, checks);
}

const title = (path) => kind(path).replace(/^\/portal\/?/, "").replace(/[{}]/g, "").replace(/\//g, "-") || "overview";

const links = (page) =>
  page.evaluate(() => [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")))
    .then((found) => found.filter(isPage));

// Titles, headings and landmarks, on which people who hear a page rely.
async function frame(page, path, checks) {
  const found = await page.evaluate(() => {
    const levels = [...document.querySelectorAll("main h1, main h2, main h3, main h4")].map(({ tagName }) => Number(tagName[1]));
    const current = document.querySelectorAll('.nav a[aria-current="page"]').length;
    return {
      title: document.title,
      h1: document.querySelectorAll("h1").length,
      skips: levels.some((level, place) => place > 0 && level > levels[place - 1] + 1),
      mains: document.querySelectorAll("main").length,
      navs: [...document.querySelectorAll("nav")].every((nav) => nav.getAttribute("aria-label")),
      current,
    };
  });
  checks.ok(`${path} has a title of its own`, found.title.endsWith(" · Unwatched") && found.title.length > 14);
  checks.equal(`${path} has one heading of the first level`, found.h1, 1);
  checks.ok(`${path} leaves out no level of headings`, !found.skips);
  checks.equal(`${path} has one main part`, found.mains, 1);
  checks.ok(`${path} names its navigations`, found.navs);
  checks.ok(`${path} marks at most one section as the one here`, found.current <= 1);
}
