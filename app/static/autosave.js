// Saves a page while somebody writes on it, and says honestly how the text stands. Nothing is stored in the browser.
// Every page works without this file: there is a button to save.
const AFTER = 10_000; // milliseconds from the first change that is not saved yet
const AGAIN = [5_000, 10_000, 20_000, 30_000]; // after so many tries that failed
const IN_TURN = 5_000; // a button waits so long at most for the save that is under way
const LOOK_AGAIN = 700; // after a page was loaded anew
const WAITING = "Not saved yet, keep this page open";
const OFFLINE = "No connection: keep this page open, and press again when there is one";

const form = document.querySelector("form[data-autosave]");
const shown = document.querySelector("[data-saving]");
const said = document.querySelector("[data-saving-said]");

let changed = false; // something stands in the page that the server does not have
let timer = 0;
let failed = 0;
let running = false;
let underway = Promise.resolve();
let inTurn = false; // a button was pressed, and waits
let mayGo = false; // and goes
let over = false; // saving makes no more sense until the page is opened again
let spoken = "";

function say(kind, words, link) {
  shown.hidden = false;
  shown.dataset.saving = kind;
  shown.replaceChildren(words);
  if (link) {
    const way = Object.assign(document.createElement("a"), { href: link[0], textContent: link[1], className: "govuk-link" });
    shown.append(" ", way);
  }
  // Heard when it turns good or bad, and not every ten seconds.
  if (kind !== spoken) said.textContent = words;
  spoken = kind;
}

function wait(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

function save(options) {
  if (!running) underway = send(options);
}

async function send({ leaving = false } = {}) {
  if (running || over || !changed) return;
  clearTimeout(timer);
  running = true;
  changed = false;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "autosave");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      // A browser carries on with at most 64 kB when the page goes away.
      keepalive: leaving && body.toString().length < 60_000,
      redirect: "error",
    });
    await take(answer);
  } catch {
    postpone();
  }
  running = false;
  if (changed && !over && !failed) wait(AFTER);
}

async function take(answer) {
  const told = await answer.json();
  if (answer.ok) {
    failed = 0;
    form.elements.version.value = told.version;
    if (told.saved) say(told.left_out ? "left-out" : "saved", [`Saved at ${told.saved}`, told.left_out].filter(Boolean).join(". "));
    if (told.message) {
      over = true;
      say("stopped", told.message, told.link);
    }
    return;
  }
  if (answer.status >= 500 || answer.status === 429) {
    postpone();
    return;
  }
  over = answer.status !== 422; // what was signed out, changed by others or thrown away; a wrong letter can be mended
  changed = !told.kept && answer.status !== 409;
  say("stopped", told.message, told.link);
}

function postpone() {
  changed = true;
  say("waiting", WAITING);
  wait(AGAIN[Math.min(failed, AGAIN.length - 1)]);
  failed += 1;
}

// What was being saved while a page was loaded anew may have come in after the page was made: look once more.
async function lookAgain() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || changed || running) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const there = page.querySelector("form[data-autosave]");
  if (there && !changed && there.elements.version.value !== form.elements.version.value) location.reload();
}

// What is on its way is older. Came it in after the page, it would stand in the place of what was typed since.
async function goInTurn(button) {
  inTurn = true;
  const late = new Promise((resolve) => setTimeout(resolve, IN_TURN));
  if (running) await Promise.race([underway, late]);
  mayGo = navigator.onLine || (await answers());
  inTurn = false;
  if (mayGo) {
    form.requestSubmit(button);
    mayGo = false;
    return;
  }
  changed = true;
  say("stopped", OFFLINE);
  wait(AGAIN[0]);
}

// A browser calls itself offline where a machine has no network, although the service may be on that very machine.
function answers() {
  return fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(
    () => true,
    () => false,
  );
}

if (form && shown && said) {
  const [opened] = performance.getEntriesByType("navigation");
  if (opened && opened.type !== "navigate") setTimeout(lookAgain, LOOK_AGAIN);
  form.addEventListener("input", () => {
    if (!changed && !failed && !running) wait(AFTER);
    changed = true;
  });
  form.addEventListener("focusout", (event) => {
    if (changed && !failed && event.target !== event.relatedTarget) save();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save({ leaving: true });
  });
  form.addEventListener("submit", (event) => {
    if (!mayGo && (running || !navigator.onLine)) {
      event.preventDefault(); // without a connection the browser's own page would take the place of what was typed
      if (!inTurn) goInTurn(event.submitter);
      return;
    }
    over = true;
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && failed) event.preventDefault();
  });
}
