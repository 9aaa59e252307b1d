// What the environment says about the exchange under test; README.md holds the list.

const need = (name) => {
  const value = process.env[name];
  if (!value) {
    console.error(`set ${name}; tests-browser/README.md says what it is`);
    process.exit(2);
  }
  return value;
};

const login = (name) => {
  const [partner, email, ...password] = need(name).split(" ");
  return { partner, email, password: password.join(" ") };
};

export function required() {
  return {
    base: need("UNWATCHED_PORTAL_URL").replace(/\/$/, ""),
    a: login("UNWATCHED_PORTAL_LOGIN_A"),
    b: login("UNWATCHED_PORTAL_LOGIN_B"),
    c: login("UNWATCHED_PORTAL_LOGIN_C"),
    apk: need("UNWATCHED_PORTAL_APK"),
    pictures: process.env.UNWATCHED_PORTAL_PICTURES ?? "pictures",
    chromium: process.env.UNWATCHED_CHROMIUM ?? "/usr/bin/chromium",
    patience_ms: 120_000,
  };
}
