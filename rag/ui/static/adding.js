// Adding articles: files and folders dropped anywhere on the page, and how far each is. Knows no format and no answer.
import { find, focus, fragment, leave, made, on, panel, put, refresh } from "./view.js";

const MOST_FILES = 200;
const MOST_BYTES = 25e6;
const ENOUGH = 31e6; // to see that a file is too large
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

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

// So many at a time that the door lets them in.
function* parts(found) {
  let part = [];
  let size = 0;
  for (const one of found) {
    if (part.length && (part.length >= MOST_FILES || size + one[0].size > MOST_BYTES)) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(one);
    size += one[0].size;
  }
  yield part;
}

// Not by load(): looking at something else meanwhile must not end it.
async function add(found) {
  const note = made("p", "wait view adding", `Adding ${found.length} ${found.length === 1 ? "file" : "files"}…`);
  note.role = "status";
  leave(); // the list of articles may be on its way
  put(note.outerHTML);
  panel().classList.add("open");
  let batch = "";
  for (const part of parts(found)) {
    const body = new FormData();
    for (const [file, name] of part) body.append("files", file.size > ENOUGH ? file.slice(0, ENOUGH) : file, name);
    const reply = await fragment(`/add/files?batch=${batch}`, { method: "POST", body });
    note.textContent = "Not everything was added: Footnote does not answer. Is it still running?";
    const html = (await reply?.text()) ?? note.outerHTML;
    batch = html.match(/data-batch="([\w-]+)"/)?.[1] ?? batch;
    if (find(".shown .adding", panel())) put(html);
    refresh();
    if (!reply) return;
  }
  focus(find(".shown .adding .headline"));
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
  const found = await dropped(event.dataTransfer);
  if (found.length) add(found);
});

on("change", "[data-drop] input[type=file]", (input) => {
  if (!panel()) return;
  const found = [...input.files].map((file) => [file, file.webkitRelativePath || file.name]);
  const shown = found.filter(([, name]) => !name.split("/").some((part) => part.startsWith(".")));
  if (shown.length) add(shown);
});
