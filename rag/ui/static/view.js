// Views: HTML of our own server, shown in the panel beside the conversation. Knows no answer and no citation.
//
// <a href="/chats" data-view> shows what is at that address; <form data-view> is sent, and what comes back is shown;
// <div data-poll="/settings/loading"> is looked at again for as long as the server says so.

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const panel = () => find("#source");
export const refresh = () => find("#bar [data-event=refresh]")?.click();
export const focus = (element) => element?.focus({ preventScroll: true });
export const made = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
// Any other click is the browser's: it opens a tab, or a menu.
export const isPlain = (event) => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

// For elements that are there now and for those that come.
export function on(type, selector, act) {
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) act(element, event);
  });
}

// Now, and whenever something changes there.
export function watch(root, act, more = {}) {
  const watching = new MutationObserver(() => act(watching));
  watching.observe(root, { childList: true, subtree: true, ...more });
  act(watching);
}

// Gradio builds the page some time after it has loaded.
export function when(selector, act) {
  watch(document.documentElement, (watching) => {
    const found = find(selector);
    if (!found) return;
    watching.disconnect();
    act(found);
  });
}

export function inAddress(key, value) {
  const url = new URL(location.href);
  if (value) url.searchParams.set(key, value);
  else url.searchParams.delete(key);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

// What the server sends is its own, escaped HTML; null while it does not answer.
export function fragment(href, sent = {}) {
  const url = new URL(href, location.href);
  url.searchParams.set("fragment", "1");
  return fetch(url, sent).catch(() => null);
}

let fetching = null;

// For the panel; null when something else has been asked for meanwhile.
export async function load(href, sent = {}) {
  fetching?.abort();
  const { signal } = (fetching = new AbortController());
  const reply = await fragment(href, { ...sent, signal });
  const html = await reply?.text().catch(() => null);
  if (signal.aborted) return null;
  return html ?? made("p", "fail", "This cannot be loaded: Footnote does not answer. Is it still running?").outerHTML;
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

// Put HTML where a part of the page stood, and the focus with it.
export function replace(part, html) {
  const focused = part.contains(document.activeElement);
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const next = fresh.content.firstElementChild;
  part.replaceWith(fresh.content);
  if (focused) focus(find("summary, button, .headline", next));
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
  form.ariaBusy = "true";
  const html = await load(url, posts ? { method: "POST", body } : {});
  if (html === null) return;
  put(html, posts ? null : url.pathname + url.search);
  raise();
  if (posts) refresh();
}

function raise() {
  panel().classList.add("open");
  focus(find(".shown [autofocus]") ?? find(".shown .headline"));
}

on("click", "a[data-view]", (link, event) => {
  if (!isPlain(event) || !panel()) return;
  event.preventDefault();
  view(link.getAttribute("href"));
});

// Not the browser's: Gradio's page has a base address, to which a fragment would lead anew.
on("click", "a.skip", (link, event) => {
  event.preventDefault();
  focus(find("#live .a") ?? find("#question textarea"));
});

on("submit", "form[data-view]", (form, event) => {
  if (!panel()) return;
  event.preventDefault();
  send(form, event.submitter);
});

setInterval(async () => {
  const part = find("[data-poll]");
  if (!part || document.hidden) return;
  const reply = await fragment(part.dataset.poll);
  const html = reply?.ok ? await reply.text().catch(() => null) : null;
  if (!html || !part.isConnected) return;
  replace(part, html);
  if (!find("[data-poll]")) refresh();
}, 700);
