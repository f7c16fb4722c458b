// Adding articles: files and folders dropped anywhere on the page, and how far each is. Knows no format and no answer.
import { find, load, panel, put } from "./view.js";

const TICK = 700;
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
const refresh = () => find("#bar [data-event=refresh]")?.click();

// A dropped folder is walked here; hidden files and folders are none of ours.
async function walk(entry, path, found) {
  if (entry.name.startsWith(".")) return;
  const name = `${path}${entry.name}`;
  if (entry.isFile) found.push([await new Promise((take, fail) => entry.file(take, fail)), name]);
  if (!entry.isDirectory) return;
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((take, fail) => reader.readEntries(take, fail));
    if (!some.length) return;
    for (const one of some) await walk(one, `${name}/`, found);
  }
}

// Entries have to be taken from a drop before anything is waited for.
async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  const files = items.map((item) => item.getAsFile());
  const found = [];
  for (const [place, entry] of entries.entries()) {
    if (entry?.isDirectory) await walk(entry, "", found);
    else if (files[place]) found.push([files[place], files[place].name]);
  }
  return found;
}

async function add(found) {
  const body = new FormData();
  for (const [file, name] of found) body.append("files", file, name);
  panel().classList.add("open");
  const note = document.createElement("p");
  note.className = "wait view";
  note.setAttribute("role", "status");
  note.textContent = `Adding ${found.length} ${found.length === 1 ? "file" : "files"}…`;
  put(note.outerHTML);
  const html = await load("/add/files", { method: "POST", body });
  if (html === null) return;
  put(html);
  find(".shown .headline")?.focus({ preventScroll: true });
  refresh();
}

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});

for (const left of ["dragleave", "dragend"]) {
  document.addEventListener(left, (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
}

document.addEventListener("drop", async (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.remove("dropping");
  add(await dropped(event.dataTransfer));
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-drop] input[type=file]") || !panel()) return;
  const found = [...event.target.files].map((file) => [file, file.webkitRelativePath || file.name]);
  add(found.filter(([, name]) => !name.split("/").some((part) => part.startsWith("."))));
});

setInterval(async () => {
  const told = find("[data-poll]");
  if (!told || document.hidden) return;
  const url = new URL(told.dataset.poll, location.href);
  url.searchParams.set("fragment", "1");
  const reply = await fetch(url).catch(() => null);
  if (!reply?.ok || !told.isConnected) return;
  told.outerHTML = await reply.text();
  if (!find("[data-poll]")) refresh();
}, TICK);
