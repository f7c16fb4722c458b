// Light or dark as it was chosen, and parts of the panel that look again by themselves. Knows no setting.
import { find } from "./view.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.cookie.match(/(?:^|; )footnote-theme=(light|dark)/)?.[1] ?? null;
let painted = null;

function paint() {
  const chosen = theme();
  if (chosen === painted) return;
  painted = chosen;
  if (chosen) root.dataset.theme = chosen;
  else delete root.dataset.theme;
  document.body?.classList.toggle("dark", chosen ? chosen === "dark" : system.matches);
}

// Gradio takes its theme from the address alone, once; afterwards that need not stand there.
function address(chosen) {
  const url = new URL(location.href);
  if (chosen) url.searchParams.set("__theme", chosen);
  else url.searchParams.delete("__theme");
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

let timer = 0;
function again() {
  clearTimeout(timer);
  if (find("#source [data-poll]")) timer = setTimeout(look, 1000);
}

async function look() {
  const part = find("#source [data-poll]");
  if (!part) return;
  try {
    const reply = await fetch(part.dataset.poll);
    const html = await reply.text();
    if (part.isConnected && reply.ok) {
      const focused = part.contains(document.activeElement);
      const fresh = document.createElement("template");
      fresh.innerHTML = html;
      const next = fresh.content.firstElementChild;
      part.replaceWith(next);
      if (focused) find("button, .headline", next)?.focus({ preventScroll: true });
    }
  } catch {
    // It does not answer now; it may when it is asked again.
  }
  again();
}

const asked = theme();
if (asked) address(asked);
paint();
document.addEventListener("footnote:view", () => {
  if (asked) address(null);
  paint();
  again();
});
