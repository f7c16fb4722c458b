// The box: keys, earlier questions, what questions are kept to; the server lost and found. Knows no answer.
import { all, find, isPlain, on, view, when } from "./view.js";

const box = () => find("#question textarea");
let recalled = "";

function type(text) {
  box().value = recalled = text;
  box().dispatchEvent(new Event("input", { bubbles: true }));
}

// Arrows in an empty box go through what was asked.
function recall(event) {
  const asked = ["", ...all(".turn .q").map((question) => question.textContent).reverse()];
  if (box().value !== recalled || event.shiftKey) return;
  const at = asked.indexOf(recalled) + (event.key === "ArrowUp" ? 1 : -1);
  if (at < 0 || at >= asked.length) return;
  event.preventDefault();
  type(asked[at]);
}

const KEYS = {
  "/": () => box().focus(),
  "?": () => view("/keys"),
  n: () => find("#source [data-step='1']").click(),
  p: () => find("#source [data-step='-1']").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !box()) return;
  const shown = find("#scope details[open]");
  if (event.key === "Escape" && shown) {
    shown.open = false;
    find("summary", shown).focus();
  }
  if (event.target === box() && event.key.startsWith("Arrow")) return recall(event);
  if (event.target.closest("input, textarea, select, [contenteditable]") || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

on("click", "a[data-scope]", (link, event) => {
  const narrow = find("#scope button[hidden]");
  if (!narrow || !isPlain(event)) return;
  event.preventDefault();
  narrow.dataset.question = `article:${link.dataset.scope}`;
  narrow.click();
  find("#source.open .shut")?.click();
  box().focus();
});
on("click", "[data-event=edit], #scope [data-event]:not([hidden])", () => box().focus());
document.addEventListener("click", (event) => {
  for (const open of all("#scope details[open]")) if (!open.contains(event.target)) open.open = false;
});

on("input", "#scope input", (input) => {
  const sought = input.value.toLowerCase();
  for (const choice of all("#scope .popup button")) choice.hidden = !choice.textContent.toLowerCase().includes(sought);
});

// What is typed outlives a reload, which follows when another run of the program answers.
addEventListener("pagehide", () => sessionStorage.setItem("typed", box()?.value ?? ""));
let run = null;
async function look() {
  const reply = await fetch("/alive", { cache: "no-store" }).catch(() => null);
  find("#lost").hidden = reply !== null;
  const now = reply?.ok ? await reply.text() : run && reply ? "another" : run;
  if (run && now !== run) return location.reload();
  run = now;
}
look();
setInterval(() => document.visibilityState === "visible" && look(), 3000);

when("#question textarea", () => {
  find("#skeleton")?.remove();
  const typed = sessionStorage.getItem("typed");
  if (typed) setTimeout(type, 0, typed);
});
