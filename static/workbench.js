// Keys for the coding list: j and k move, x selects, letters open what is done with the selected ones, ? shows help.
// They do nothing while somebody writes, and can be turned off; without this everything is reached with Tab.
const OFF = "workbench-keys-off";
const list = document.querySelector("[data-workbench]");
const keys = document.getElementById("keys");

if (list && keys) start();

function start() {
  const turn = keys.querySelector("[data-turn]");
  const dialog = overlay();
  turn.hidden = false;
  say();
  turn.addEventListener("click", () => { remember(!isOff()); say(); });
  document.addEventListener("keydown", (event) => {
    if (isOff() || event.ctrlKey || event.metaKey || event.altKey || writes(event.target) || dialog.open) return;
    const act = ACTS[event.key] ?? (list.querySelector(`[data-key="${CSS.escape(event.key)}"]`) ? open : null);
    if (act && act(event.key, dialog) !== false) event.preventDefault();
  });

  function say() { turn.textContent = isOff() ? turn.dataset.on : turn.dataset.turn; }
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  x: () => select(),
  n: () => goTo(here(), "#notes"),
  "/": () => { const field = document.getElementById("filter-q"); focus(field); field.select(); },
  "?": (_key, dialog) => dialog.showModal(),
};

function rows() { return [...list.querySelectorAll(".work > li")]; }

function here() { return document.activeElement?.closest(".work > li"); }

function move(step) {
  const all = rows();
  const at = all.indexOf(here());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  focus(all[next]?.querySelector(".what a"));
}

function select() {
  const box = here()?.querySelector("input[type=checkbox]");
  if (!box) return false;
  box.click();
}

function open(key) {
  const part = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  part.open = true;
  focus(part.querySelector("input, select, textarea, button"));
}

function goTo(row, place) {
  const link = row?.querySelector(".what a");
  if (!link) return false;
  location.href = link.href + place;
}

function focus(thing) {
  thing?.focus();
  thing?.scrollIntoView({ block: "center" });
}

function writes(target) {
  return target.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])");
}

function overlay() {
  const dialog = document.createElement("dialog");
  const shown = document.getElementById("keys-list").cloneNode(true);
  const shut = document.createElement("button");
  shown.removeAttribute("id");
  dialog.className = "keys-over";
  dialog.setAttribute("aria-label", keys.querySelector("summary").textContent);
  shut.type = "button";
  shut.className = "button small";
  shut.textContent = keys.dataset.shut;
  shut.addEventListener("click", () => dialog.close());
  dialog.append(shown, shut);
  document.body.append(dialog);
  return dialog;
}

function isOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function remember(off) {
  try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* a browser that keeps nothing: on again next time */ }
}
