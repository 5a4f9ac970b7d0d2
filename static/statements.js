// One key for each answer: 1 agree, 2 pass, 3 disagree. They do nothing while somebody writes, and can be turned off.
const OFF = "statement-keys-off";
const form = document.querySelector("[data-opinions]");
const keys = document.getElementById("keys");

if (form && keys) start(keys.querySelector("[data-turn]"));

function start(turn) {
  keys.hidden = false;
  say();
  turn.addEventListener("click", () => { isOff() ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"); say(); });
  document.addEventListener("keydown", (event) => {
    if (isOff() || event.repeat || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
    const button = form.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });

  function say() { turn.textContent = isOff() ? turn.dataset.on : turn.dataset.turn; }
}

function isOff() { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } }

function writes(target) { return target.closest("input, textarea, select, [contenteditable]") !== null; }
