// Kept chats: the page's address names its chat, and what is thought of an answer is sent. Knows no answer.
import { all, find, fragment, inAddress, on, replace, watch, when } from "./view.js";

// A chat has an address from its first turn on, so that a reload, or another tab, goes on with it.
when("#log", (log) => {
  watch(log, () => {
    const chat = find(".turn[data-chat]", log)?.dataset.chat;
    if (chat) inAddress("chat", chat);
  });
});

on("click", "[data-event=new_chat]", () => {
  for (const turn of all("#log .turn[data-chat]")) delete turn.dataset.chat;
  inAddress("chat", null);
});

// The reply stands where the form stood.
on("submit", "#log .thumbs form", async (form, event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  const box = form.closest(".thumbs");
  const reply = await fragment(form.getAttribute("action"), { method: "POST", body });
  const html = await reply?.text().catch(() => null);
  if (html) replace(box, html);
  else box.append(" Not kept: Footnote does not answer. Is it still running?");
});
