// `npm test`: an exchange over an empty data folder with three partners, an inert app of the gallery,
// and the walk of portal.mjs through it. Takes the programs that `cargo test --workspace` built.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const PATIENCE_MS = 60_000;
const PASSWORD = "a password for one test run";
const PARTNERS = [
  { slug: "example-lab", category: "vendor", email: "ana@lab.example" },
  { slug: "example-shelter", category: "support", email: "ben@shelter.example" },
  { slug: "example-office", category: "rights", email: "cleo@office.example", role: "coordinator" },
];

const folder = mkdtempSync(join(tmpdir(), "unwatched-portal-"));
const data = join(folder, "data");
let server;
try {
  const { exchange, gallery } = programs();
  const apps = execFileSync(gallery, [join(folder, "apps")], { encoding: "utf8" });
  for (const { slug, category, email, role = "analyst" } of PARTNERS) {
    admin(exchange, ["partner", "add", slug, "--category", category]);
    admin(exchange, ["user", "add", "--partner", slug, "--email", email, "--role", role], PASSWORD);
  }
  const base = await serve(exchange);
  const [a, b, c] = PARTNERS.map(({ slug, email }) => `${slug} ${email} ${PASSWORD}`);
  const app = apps.split("\n").find((line) => line.includes("unknown_stalkerware_like"));
  // Under a name of its own, so that no word of the gallery's reaches the pages.
  const apk = join(folder, "walk.apk");
  copyFileSync(app.split(" ")[0], apk);
  const walk = spawnSync(process.execPath, [join(here, "portal.mjs")], {
    stdio: "inherit",
    env: {
      ...process.env,
      UNWATCHED_PORTAL_URL: base,
      UNWATCHED_PORTAL_LOGIN_A: a,
      UNWATCHED_PORTAL_LOGIN_B: b,
      UNWATCHED_PORTAL_LOGIN_C: c,
      UNWATCHED_PORTAL_APK: apk,
      UNWATCHED_PORTAL_PICTURES: process.env.UNWATCHED_PORTAL_PICTURES ?? join(folder, "pictures"),
    },
  });
  process.exitCode = walk.status ?? 1;
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

function programs() {
  const metadata = execFileSync("cargo", ["metadata", "--format-version", "1", "--no-deps"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const built = join(JSON.parse(metadata).target_directory, "debug");
  const found = {
    exchange: process.env.UNWATCHED_EXCHANGE ?? join(built, "unwatched-exchange"),
    gallery: join(built, "examples", "write_gallery"),
  };
  if (!existsSync(found.exchange) || !existsSync(found.gallery)) {
    console.error("building the workspace's programs first");
    execFileSync("cargo", ["test", "--workspace", "--no-run", "--quiet"], { cwd: root, stdio: "inherit" });
  }
  return found;
}

function admin(exchange, words, input = "") {
  execFileSync(exchange, ["admin", ...words, "--data", data], { input, stdio: ["pipe", "inherit", "inherit"] });
}

// Resolves with the address when the server says that it listens.
function serve(exchange) {
  server = spawn(exchange, ["serve", "--listen", "127.0.0.1:0", "--data", data], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const said = [];
    const refuse = (why) => reject(new Error(`${why}; the exchange said:\n${said.join("\n")}`));
    const timer = setTimeout(() => refuse("the exchange is not ready"), PATIENCE_MS);
    server.once("exit", (code) => refuse(`the exchange ended with ${code}`));
    createInterface({ input: server.stderr }).on("line", (line) => {
      said.push(line);
      const address = line.match(/listening on (http:\/\/\S+)/)?.[1];
      if (address) {
        clearTimeout(timer);
        resolve(address);
      }
    });
  });
}

async function stop() {
  if (!server || server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  const code = await ended;
  if (code !== 0) {
    console.error(`the exchange ended with ${code} when asked to stop`);
    process.exitCode = 1;
  }
}
