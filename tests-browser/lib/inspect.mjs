// One page, looked at in light, in dark, on a screen of 320 px and on paper: axe, sideways scrolling, the
// size of what is pressed, and a picture of each.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const LOOKS = [
  { name: "light", width: 1280, height: 900, colorScheme: "light" },
  { name: "dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "320", width: 320, height: 720, colorScheme: "light" },
  { name: "320-dark", width: 320, height: 720, colorScheme: "dark", unpictured: true },
  { name: "print", width: 794, height: 1123, colorScheme: "light", media: "print" },
];

export async function inspect(page, title, settings, checks) {
  for (const look of LOOKS) {
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: "reduce", media: look.media ?? "screen" });
    checks.none(`axe on ${title} (${look.name})`, await violations(page));
    checks.none(`sideways scrolling on ${title} (${look.name})`, await overflowing(page));
    if (look.name === "320") checks.none(`too small to press on ${title}`, await tooSmall(page));
    if (!look.unpictured) {
      const path = join(settings.pictures, `${title}-${look.name}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.setViewportSize({ width: LOOKS[0].width, height: LOOKS[0].height });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null, media: "screen" });
}

// The page's own policy forbids foreign scripts; the debugger's channel is not bound by it.
export async function violations(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    await page.evaluate(await readFile(axe, "utf8"));
  }
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    });
    return result.violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`),
    );
  });
  return found;
}

const overflowing = (page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > width + 1,
    );
    const name = (element) => `${element.tagName.toLowerCase()}.${element.className}`;
    return [`${document.documentElement.scrollWidth} px wide on ${width}: ${wide.slice(0, 5).map(name).join(", ")}`];
  });

// WCAG 2.5.8: 24 px each way, but for links inside a sentence and boxes whose label is pressed.
const tooSmall = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("button, .button, input, select, summary, .nav a")]
      .filter((element) => element.type !== "hidden" && element.checkVisibility())
      .filter((element) => !element.closest("label"))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ element, box }) => `${element.outerHTML.slice(0, 80)} is ${box.width}×${box.height}`),
  );
