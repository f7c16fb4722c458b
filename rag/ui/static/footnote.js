// The page's few lines of script: open sources in the panel, copy, follow the newest words. Knows no answer and no model.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 760px)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  // What the panel shows: the address of the citation, its turn, and which of that turn's citations was used. Elements come and go while an answer
  // is written, so nothing here holds on to one for longer than a click.
  let open = null;
  let fetching = null;

  const panel = () => find("#source");
  const turnOf = (link) => link.closest(".turn")?.id ?? open?.turn ?? null;
  const citations = (turn) => (turn ? all(`#${turn} a.c`) : []);
  const address = (link) => link.getAttribute("href");

  function paint() {
    for (const link of all("#log a.c.on")) {
      if (!open || address(link) !== open.href || turnOf(link) !== open.turn) link.classList.remove("on");
    }
    if (!open) return;
    for (const link of citations(open.turn)) {
      if (address(link) === open.href && !link.classList.contains("on")) link.classList.add("on");
    }
  }

  function paintTabs() {
    const numbers = find(".numbers", panel());
    numbers.replaceChildren();
    const seen = new Set();
    for (const link of citations(open?.turn)) {
      if (seen.has(address(link))) continue;
      seen.add(address(link));
      const tab = document.createElement("a");
      tab.className = "chip tab";
      tab.href = address(link);
      tab.textContent = link.textContent;
      tab.setAttribute("aria-label", link.getAttribute("aria-label") ?? "");
      if (address(link) === open.href) {
        tab.classList.add("on");
        tab.setAttribute("aria-current", "true");
      }
      numbers.append(tab);
    }
  }

  // Fetches the server's own, escaped HTML for an article or the list of articles.
  async function load(href) {
    fetching?.abort();
    fetching = new AbortController();
    const url = new URL(href, location.href);
    url.searchParams.set("fragment", "1");
    try {
      const reply = await fetch(url, { signal: fetching.signal });
      return await reply.text();
    } catch (error) {
      if (error.name === "AbortError") return null;
      const note = document.createElement("p");
      note.className = "fail";
      note.textContent = "The source cannot be loaded: Footnote does not answer. Is it still running?";
      return note.outerHTML;
    }
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

  async function show(link) {
    const href = address(link);
    const turn = turnOf(link);
    open = { href, turn, place: citations(turn).indexOf(link) };
    paint();
    const html = await load(href);
    if (html === null || open?.href !== href) return;
    const box = panel();
    const body = find(".shown", box);
    body.innerHTML = html;
    box.classList.add("open");
    paintTabs();
    const aspage = find(".aspage", box);
    aspage.href = href;
    aspage.hidden = false;
    find(".shut", box).hidden = false;
    find(".headline", body)?.focus({ preventScroll: true });
    reveal(body);
  }

  async function shelf() {
    open = null;
    paint();
    const html = await load("/articles");
    if (html === null || open) return;
    const box = panel();
    find(".shown", box).innerHTML = html;
    find(".numbers", box).replaceChildren();
    find(".aspage", box).hidden = true;
    find(".shut", box).hidden = !narrow.matches;
    box.scrollTo({ top: 0 });
  }

  function shut() {
    const was = open;
    panel().classList.remove("open");
    const same = was ? citations(was.turn) : [];
    const link = same[was?.place] ?? same.find((each) => address(each) === was.href);
    shelf();
    (link ?? find("#question textarea"))?.focus({ preventScroll: true });
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Only secure addresses have a clipboard; on a plain one in the local network the old way still works.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy with sources"), 1600);
  }

  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target.closest("a[href^='/articles']");
    if (link && plain && link.target !== "_blank" && panel()) {
      event.preventDefault();
      if (address(link) === "/articles") {
        shelf();
        panel().classList.add("open");
      } else {
        show(link);
      }
      return;
    }
    if (event.target.closest(".shut")) shut();
    const button = event.target.closest(".copy");
    if (button) copy(button);
    // Send and Stop take each other's place; the focus must not vanish with them.
    if (event.target.closest("#send, #stop") && !narrow.matches) find("#question textarea")?.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel()?.classList.contains("open")) shut();
  });

  // The log follows the newest words as long as the reader is at its end, and never pulls one back who has scrolled up.
  let following = true;
  function watch(log) {
    log.setAttribute("role", "log");
    log.setAttribute("aria-live", "polite");
    log.setAttribute("aria-label", "Conversation");
    log.tabIndex = 0;
    const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    let newest = null;
    let bottom = 0;
    log.addEventListener("scroll", () => (following = atEnd()), { passive: true });
    new MutationObserver(() => {
      const turns = all(".turn", log);
      const last = turns.at(-1)?.id ?? null;
      if (last !== newest) following = true;
      newest = last;
      if (following && log.scrollHeight !== bottom) log.scrollTop = log.scrollHeight;
      bottom = log.scrollHeight;
      if (open && !turns.some((turn) => turn.id === open.turn)) shelf();
      paint();
    }).observe(log, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["href"] });
  }

  // Gradio builds the page some time after it has loaded.
  const waiting = new MutationObserver(begin);
  function begin() {
    const log = find("#log");
    if (!log || !panel()) return;
    waiting.disconnect();
    watch(log);
    shelf();
    // The list of articles fills as soon as the bar has a number to tell.
    const bar = find("#bar");
    let told = find(".lib", bar)?.textContent;
    new MutationObserver(() => {
      const now = find(".lib", bar)?.textContent;
      if (now !== told && !open) shelf();
      told = now;
    }).observe(bar, { childList: true, subtree: true, characterData: true });
  }
  waiting.observe(document.documentElement, { childList: true, subtree: true });
  begin();
})();
