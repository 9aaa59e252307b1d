// Counts what held and keeps what did not, in words; says both at the end.

export class Checks {
  #held = 0;
  #failures = [];
  #where = "";

  async group(name, walk) {
    this.#where = name;
    console.error(`- ${name}`);
    try {
      await walk();
    } catch (error) {
      this.failed("could not go on", error.message);
      throw error;
    }
  }

  ok(what, held) {
    if (held) this.#held += 1;
    else this.failed(what, "it is not so");
  }

  equal(what, found, expected) {
    if (found === expected) this.#held += 1;
    else this.failed(what, `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }

  includes(what, text, expected) {
    if (text?.includes(expected)) this.#held += 1;
    else this.failed(what, `expected to read “${expected}” in “${shortened(text)}”`);
  }

  none(what, list) {
    if (list.length === 0) this.#held += 1;
    else this.failed(what, list.join("\n    "));
  }

  failed(what, why) {
    const line = `${this.#where}: ${what}: ${why}`;
    this.#failures.push(line);
    console.error(`  FAILED ${what}: ${why}`);
  }

  // The closing line, and the exit code.
  close() {
    for (const failure of this.#failures) console.log(`failed: ${failure}`);
    console.log(`portal in a browser: ${this.#held} checks held, ${this.#failures.length} failed`);
    return this.#failures.length === 0 ? 0 : 1;
  }
}

function shortened(text) {
  const words = (text ?? "").replace(/\s+/g, " ").trim();
  return words.length > 300 ? `${words.slice(0, 300)}…` : words;
}
