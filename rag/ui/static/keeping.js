// Kept chats: the page's address names its chat, and what is thought of an answer is sent. Knows no answer.
import { find } from "./view.js";

// A chat has an address from its first turn on, so that a reload, or another tab, goes on with it.
function address() {
  const chat = find("#log .turn[data-chat]")?.dataset.chat;
  const url = new URL(location.href);
  if (!chat || url.searchParams.get("chat") === chat) return;
  url.searchParams.set("chat", chat);
  history.replaceState(null, "", url);
}

const waiting = new MutationObserver(() => {
  const log = find("#log");
  if (!log) return;
  waiting.disconnect();
  new MutationObserver(address).observe(log, { childList: true, subtree: true });
  address();
});
waiting.observe(document.documentElement, { childList: true, subtree: true });

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-event=new_chat]")) return;
  for (const turn of document.querySelectorAll("#log .turn[data-chat]")) delete turn.dataset.chat;
  const url = new URL(location.href);
  url.searchParams.delete("chat");
  history.replaceState(null, "", url);
});

// The reply stands where the form stood.
document.addEventListener("submit", async (event) => {
  const box = event.target.closest("#log .thumbs");
  if (!box) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  let html = null;
  try {
    html = await (await fetch(`${event.target.getAttribute("action")}?fragment=1`, { method: "POST", body })).text();
  } catch {
    box.append(" Not kept: Footnote does not answer. Is it still running?");
  }
  if (html === null) return;
  const made = document.createElement("template");
  made.innerHTML = html;
  box.replaceWith(made.content);
});
