// Light or dark as it was chosen. Knows no setting.
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

const asked = theme();
if (asked) address(asked);
paint();
document.addEventListener("footnote:view", () => {
  if (asked) address(null);
  paint();
});
