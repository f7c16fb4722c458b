// Light or dark as it was chosen. Knows no setting.
import { inAddress } from "./view.js";

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
const asked = theme();
if (asked) inAddress("__theme", asked);
paint();
document.addEventListener("footnote:view", () => {
  if (asked) inAddress("__theme", null);
  paint();
});
