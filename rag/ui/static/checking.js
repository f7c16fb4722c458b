// What a citation's number tells when it is pointed at, focused or held; details that load when they are opened.
import { find, fragment } from "./view.js";

const card = Object.assign(document.createElement("div"), { id: "card", popover: "manual", role: "tooltip" });
let told = null;
let timer = null;
let held = false;

const number = (event) => event.target.closest?.("a.c");
const wait = (what, milliseconds, ...given) => {
  clearTimeout(timer);
  timer = setTimeout(what, milliseconds, ...given);
};

// Above the line of the number, or below it where there is no room: the line itself stays in view.
function place() {
  if (!told?.isConnected) return hush();
  const line = told.getBoundingClientRect();
  const above = line.top - card.offsetHeight - 10;
  card.style.top = `${above > 4 ? above : line.bottom + 10}px`;
  card.style.left = `${Math.max(8, Math.min(line.left - 24, document.documentElement.clientWidth - card.offsetWidth - 8))}px`;
}

function tell(link) {
  const about = document.getElementById(link.getAttribute("aria-describedby"));
  if (!about || !link.isConnected) return;
  card.innerHTML = about.innerHTML; // the server's own, escaped
  document.body.append(card);
  card.showPopover();
  told = link;
  place();
}

function hush() {
  clearTimeout(timer);
  told = null;
  if (card.matches(":popover-open")) card.hidePopover();
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  if (number(event)) wait(tell, 250, number(event));
  else if (!event.target.closest?.("#card")) wait(hush, 200);
  else clearTimeout(timer);
});
document.addEventListener("pointerdown", (event) => {
  held = false;
  if (!card.contains(event.target)) hush();
  if (event.pointerType === "touch" && number(event)) wait((link) => tell(link, (held = true)), 450, number(event));
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => held || clearTimeout(timer));
document.addEventListener("contextmenu", (event) => number(event) && event.pointerType === "touch" && event.preventDefault());
document.addEventListener("click", (event) => {
  if (!held || !number(event)) return;
  held = false;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("focusin", (event) => (number(event)?.matches(":focus-visible") ? tell(number(event)) : hush()));
document.addEventListener("scroll", (event) => told && event.target !== card && place(), true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !told) return;
  hush();
  event.stopPropagation();
}, true);

document.addEventListener("toggle", async (event) => {
  const { open, dataset } = event.target;
  if (!open || !dataset.load || dataset.loaded) return; // once: what is typed in it stays
  const reply = await fragment(dataset.load);
  if (!reply?.ok) return;
  dataset.loaded = "yes";
  find(".loaded", event.target).innerHTML = await reply.text();
}, true);
