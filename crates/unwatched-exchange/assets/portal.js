// Starts what a page asks for. Every page works without any of this.

import { keys } from "./keys.js";
import { followPage } from "./live.js";
import { focusFirst, menu } from "./menu.js";
import { upload } from "./upload.js";
import { moreEvidence } from "./evidence.js";
import { watch } from "./watch.js";

keys(document);
focusFirst(document);
for (const details of document.querySelectorAll("details[data-menu]")) menu(details);
for (const element of document.querySelectorAll("[data-follow]")) followPage(element);
for (const form of document.querySelectorAll("form[data-upload]")) upload(form);
for (const set of document.querySelectorAll("[data-evidence]")) moreEvidence(set);
for (const element of document.querySelectorAll("[data-watch]")) watch(element);
