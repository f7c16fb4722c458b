// The page's few lines of script: open sources in the panel, copy, follow the newest words. Knows no answer and no model.
import { all, find, focus, isPlain, load, made, on, panel, view, watch, when } from "./view.js";

const narrow = matchMedia("(max-width: 760px)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

// What the panel shows: the address and number of the citation, its turn, and which of that turn's citations was used.
// Elements come and go while an answer is written, so nothing here holds on to one for longer than a click.
let open = null;

const turnOf = (link) => link.closest(".turn")?.id ?? open?.turn ?? null;
const citations = (turn) => (turn ? all(`#${turn} a.c`) : []);
const address = (link) => link.getAttribute("href");

function paint() {
  paintTabs();
  for (const link of all("#log a.c")) {
    link.classList.toggle("on", address(link) === open?.href && turnOf(link) === open.turn);
  }
}

// The citation that was used, as it stands in the conversation now.
function origin(was) {
  const links = citations(was?.turn);
  const used = links[was?.place];
  return used && address(used) === was.href ? used : links.find((link) => address(link) === was?.href);
}

// One tab for each number of the answer; built anew only when the numbers or their addresses have changed.
function paintTabs() {
  const links = new Map();
  for (const link of citations(open?.turn)) {
    if (!links.has(link.textContent)) links.set(link.textContent, link);
  }
  const numbers = find(".numbers", panel());
  const shown = [open?.number, ...[...links.values()].map(address)].join(" ");
  if (numbers.dataset.shown === shown) return;
  numbers.dataset.shown = shown;
  const focused = numbers.contains(document.activeElement);
  numbers.replaceChildren(...[...links.values()].map(tabFor));
  if (focused) focus(find(".on", numbers));
}

function tabFor(link) {
  const tab = link.cloneNode(true);
  const on = link.textContent === open.number;
  tab.className = on ? "chip tab on" : "chip tab";
  tab.ariaCurrent = on ? "true" : null;
  tab.removeAttribute("aria-describedby");
  return tab;
}

function reveal(body) {
  const mark = find("#mark", body);
  const box = panel();
  if (!mark) return box.scrollTo({ top: 0 });
  const above = mark.getBoundingClientRect().top - box.getBoundingClientRect().top;
  const kept = find(".tabs", box).offsetHeight + (find(".about", body)?.offsetHeight ?? 0);
  const top = box.scrollTop + above - kept - Math.min(90, box.clientHeight * 0.12);
  box.scrollTo({ top, behavior: still.matches ? "auto" : "smooth" });
}

// Above the source: the question whose answer cites it. The conversation may have gone on since.
function label(body) {
  const question = find(`#${open.turn} .q`)?.textContent;
  if (!question) return;
  const line = made("p", "for", `for: ${question}`);
  line.title = question;
  (find(".about", body) ?? body).prepend(line);
}

// Above the marked words: who says them, as the answer knows it.
function name(body, speaker) {
  const block = find("#mark", body)?.closest(".paper > *");
  if (!speaker || !block) return;
  const line = made("p", "saying", "Marked words: ");
  line.append(made("b", "", speaker));
  block.before(line);
}

// Where the words stand, with what else the answer found in the same article.
function beside(href, turn) {
  const url = new URL(href, location.href);
  const found = all(`#${turn} :is(a.c, [data-place])`);
  const places = found.map((each) => new URL(each.dataset.place ?? address(each), location.href));
  const spans = places.filter((other) => other.pathname === url.pathname).map((other) => other.searchParams.get("mark"));
  url.searchParams.set("also", [...new Set(spans)].join(","));
  return url;
}

// The next or the previous source of the answer that is looked at, else of the newest; each place once.
function step(by) {
  const turn = open?.turn ?? all(".turn").at(-1)?.id;
  const links = [...new Map(citations(turn).reverse().map((link) => [address(link), link])).values()].reverse();
  const at = links.findIndex((link) => address(link) === open?.href);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : (at + by + links.length) % links.length];
  if (next) show(next, document.activeElement?.closest(".step"));
}

async function show(link, kept = null) {
  const href = address(link);
  const turn = turnOf(link);
  open = { href, turn, number: link.textContent, place: citations(turn).indexOf(link) };
  const { speaker } = link.dataset;
  paint();
  const html = await load(beside(href, turn));
  if (html === null || open?.href !== href) return;
  const box = panel();
  const body = find(".shown", box);
  body.innerHTML = html;
  box.dataset.view = "";
  label(body);
  name(body, speaker);
  box.classList.add("open");
  const aspage = find(".aspage", box);
  aspage.href = href;
  aspage.hidden = false;
  focus(kept ?? find(".headline", body));
  reveal(body);
  // A sheet makes the conversation lower; what it belongs to should stay in view.
  if (narrow.matches) origin(open)?.scrollIntoView({ block: "nearest" });
}

// The list of all articles, which stands here while nothing else does.
const shelf = () => view("/articles", false);

document.addEventListener("footnote:view", () => {
  open = null;
  paint();
});

function shut() {
  const was = open;
  panel().classList.remove("open");
  shelf();
  focus(origin(was) ?? find(was ? "#question textarea" : "#bar .lib"));
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only secure addresses have a clipboard; on a plain one in the local network the old way still works.
    const area = made("textarea", "", text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.label ??= button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = button.dataset.label), 1600);
}

on("click", "a[href^='/articles']:not([target=_blank], [data-view])", (link, event) => {
  if (!isPlain(event) || !panel()) return;
  event.preventDefault();
  show(link);
});
on("click", ".shut", shut);
on("click", "[data-step]", (button) => step(Number(button.dataset.step)));
on("click", ".copy", copy);
on("click", "[data-event=new_chat]", () => panel().classList.remove("open"));
// Send and Stop take each other's place; the focus must not vanish with them.
on("click", "[data-event=new_chat], #send, #stop", () => narrow.matches || find("#question textarea")?.focus());

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel()?.classList.contains("open")) shut();
});

// The log follows the newest words as long as the reader is at its end, and never pulls one back who has scrolled up.
function follow(log) {
  Object.assign(log, { role: "log", ariaLive: "polite", ariaLabel: "Conversation", tabIndex: 0 });
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  let following = true;
  let newest = null;
  let bottom = 0;
  log.addEventListener("scroll", () => (following = atEnd()), { passive: true });
  log.addEventListener("toggle", ({ target }) => target.open && target.scrollIntoView({ block: "nearest" }), true);
  const hear = () => {
    const turns = all(".turn", log);
    const last = turns.at(-1)?.id ?? null;
    if (last !== newest) {
      following = true;
      if (narrow.matches && !open) panel().classList.remove("open"); // a view would hide the answer
    }
    newest = last;
    if (following && log.scrollHeight !== bottom) log.scrollTop = log.scrollHeight;
    bottom = log.scrollHeight;
    if (open && !turns.some((turn) => turn.id === open.turn)) shelf();
    paint();
  };
  watch(log, hear, { characterData: true, attributes: true, attributeFilter: ["href"] });
}

when("#grid:has(#log) #source", () => {
  follow(find("#log"));
  shelf();
  // The list of articles fills as soon as the bar has a number to tell.
  const bar = find("#bar");
  let told = find(".lib", bar)?.textContent;
  const hear = () => {
    const now = find(".lib", bar)?.textContent;
    if (now !== told && panel().dataset.view?.startsWith("/articles")) shelf();
    told = now;
  };
  watch(bar, hear, { characterData: true });
});
