// Views: HTML of our own server, shown in the panel beside the conversation. Knows no answer and no citation.
//
// <a href="/chats" data-view> shows what is at that address; <form data-view> is sent, and what comes back is shown.

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const panel = () => find("#source");

let fetching = null;

// The server's own, escaped HTML; null when something else has been asked for meanwhile.
export async function load(href, sent = {}) {
  fetching?.abort();
  fetching = new AbortController();
  const url = new URL(href, location.href);
  url.searchParams.set("fragment", "1");
  try {
    const reply = await fetch(url, { ...sent, signal: fetching.signal });
    return await reply.text();
  } catch (error) {
    if (error.name === "AbortError") return null;
    const note = document.createElement("p");
    note.className = "fail";
    note.textContent = "This cannot be loaded: Footnote does not answer. Is it still running?";
    return note.outerHTML;
  }
}

// Put HTML into the panel. Whoever shows something else there hears of it.
export function put(html, address = null) {
  const box = panel();
  find(".shown", box).innerHTML = html;
  box.dataset.view = address ?? "";
  find(".aspage", box).hidden = true;
  box.scrollTo({ top: 0 });
  document.dispatchEvent(new CustomEvent("footnote:view", { detail: address }));
}

// Show what is at an address of ours. ``open``: bring the panel into view where it is a sheet, and take the focus there.
export async function view(href, open = true) {
  const html = await load(href);
  if (html === null) return;
  put(html, href);
  if (open) raise();
}

export async function send(form, submitter) {
  const data = new FormData(form, submitter);
  const url = new URL(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), location.href);
  const posts = form.method === "post";
  if (!posts) for (const [name, value] of data) if (value) url.searchParams.append(name, value);
  const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  form.setAttribute("aria-busy", "true");
  const html = await load(url, posts ? { method: "POST", body } : {});
  if (html === null) return;
  put(html, posts ? null : url.pathname + url.search);
  raise();
  if (posts) find("#bar [data-event=refresh]")?.click();
}

function raise() {
  panel().classList.add("open");
  (find(".shown [autofocus]") ?? find(".shown .headline"))?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = event.target.closest("a[data-view]");
  if (!link || !plain || !panel()) return;
  event.preventDefault();
  view(link.getAttribute("href"));
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-view]") || !panel()) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

// What goes on looks again by itself: an element with data-poll becomes what is at that address.
setInterval(async () => {
  const part = find("[data-poll]");
  if (!part || document.hidden) return;
  const url = new URL(part.dataset.poll, location.href);
  url.searchParams.set("fragment", "1");
  const reply = await fetch(url).catch(() => null);
  const html = reply?.ok && (await reply.text());
  if (!html || !part.isConnected) return;
  const made = document.createRange().createContextualFragment(html).firstElementChild;
  const focused = part.contains(document.activeElement);
  part.replaceWith(made);
  if (focused) find("button, .headline", made)?.focus({ preventScroll: true });
  if (!find("[data-poll]")) find("#bar [data-event=refresh]")?.click();
}, 700);
