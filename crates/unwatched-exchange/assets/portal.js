// Starts what a page asks for. Every page works without any of this.

import { keys } from "./keys.js";
import { follow } from "./live.js";
import { upload } from "./upload.js";
import { moreEvidence } from "./evidence.js";

keys(document);
for (const element of document.querySelectorAll("[data-follow]")) follow(element);
for (const form of document.querySelectorAll("form[data-upload]")) upload(form);
for (const set of document.querySelectorAll("[data-evidence]")) moreEvidence(set);
