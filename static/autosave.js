// Keeps what somebody writes and has not sent: every ten seconds when it changed, and when they turn away.
// Without this a button does the same.
const EVERY = 10_000;

for (const form of document.querySelectorAll("form[data-unsent]")) watch(form);

function watch(form) {
  const shown = form.querySelector("[data-saved]");
  const heard = form.querySelector("[role=status]");
  let isChanged = false;
  let isOver = false;

  form.addEventListener("input", () => { isChanged = true; });
  form.addEventListener("submit", () => { isOver = true; });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  const clock = setInterval(save, EVERY);

  async function save() {
    if (!isChanged || isOver) return;
    isChanged = false;
    try {
      const answer = await fetch(form.dataset.unsent, { method: "POST", body: written(), redirect: "manual", keepalive: true });
      if (answer.status === 204) say(shown.dataset.saved.replace("{time}", now()));
      else stop();
    } catch {
      isChanged = true; // no connection: the next turn tries again
    }
  }

  function written() {
    const told = new FormData(form);
    for (const field of form.querySelectorAll("input[type=file]")) told.delete(field.name);
    told.set("quiet", "yes");
    return told;
  }

  function say(words) {
    if (!shown.textContent) heard.textContent = words; // said aloud once; after that it only stands there
    shown.textContent = words;
  }

  function stop() {
    isOver = true;
    clearInterval(clock);
    shown.textContent = heard.textContent = shown.dataset.lost;
  }
}

function now() {
  return new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
