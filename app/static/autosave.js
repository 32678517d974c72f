// Saves a page while somebody writes on it, and says honestly how the text stands. Nothing is stored in the browser.
// Every page works without this file: there is a button to save.
const AFTER = 10_000; // milliseconds from the first change that is not saved yet
const AGAIN = [5_000, 10_000, 20_000, 30_000]; // after so many tries that failed
const GIVEN_UP = 60_000; // a save that takes longer has failed
const IN_TURN = 3_000; // a button waits so long at most for the save that is under way
const ANSWERED = 5_000; // and so long altogether until the service has answered
const PATIENT = 1_000; // without being told that it waits
const LOOK_AGAIN = 700; // after a page was loaded anew
const KEEP_OPEN = "Keep this page open";
const AWAY = "The service cannot be reached just now: keep this page open, and press again in a moment";

const form = document.querySelector("form[data-autosave]");
const shown = document.querySelector("[data-saving]");
const said = document.querySelector("[data-saving-said]");

let typed = 0; // changes made in the page
let known = 0; // so many of them are known to be kept, in the draft or beside it
let answered = 0; // and so many have been answered, well or not
let since = ""; // when the first was made that is not
let timer = 0;
let failed = 0; // tries one after the other that came to nothing
let running = null; // the save that is under way
let pressed = false; // a button was pressed, and waits
let mayGo = false; // and goes
let gone = false; // the form was sent: what is saved now would come in after it
let spoken = "";
let held = false; // a button or link is held down
let untold = null; // what is shown once it is let go

function clock() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/London" });
}

// Pressing a button leaves a box, which saves: a line that came or went meanwhile would move the button away from under
// the press, and nothing would be pressed.
function show(change) {
  if (held) untold = change;
  else change();
}

function letGo() {
  held = false;
  untold?.();
  untold = null;
}

// Whatever the line says of the text stays true of it while somebody types on: it says up to when, or since when.
function say(kind, standing, words, link) {
  show(() => put(kind, standing, words, link));
}

function put(kind, standing, words, link) {
  shown.hidden = false;
  shown.dataset.saving = kind;
  const line = [standing, words].filter(Boolean).join(". ");
  shown.replaceChildren(line);
  if (link) {
    const way = { href: link[0], textContent: `${link[1]} (opens in a new tab)`, target: "_blank", rel: "noopener" };
    shown.append(" ", Object.assign(document.createElement("a"), way, { className: "govuk-link" }));
  }
  // Heard when it turns good or bad, and not every ten seconds.
  if (`${kind} ${words}` !== spoken) said.textContent = line;
  spoken = `${kind} ${words}`;
}

function notSaved() {
  return typed > known ? `Not saved since ${since}` : "";
}

function wait(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
}

function save({ leaving = false } = {}) {
  if (!running && !gone && typed > answered) running = send(leaving);
}

async function send(leaving) {
  clearTimeout(timer);
  timer = 0;
  const upTo = typed;
  const at = clock();
  try {
    let answer = await post(leaving);
    if (answer.status === 400 && (await renewed())) answer = await post(leaving);
    if (answer.status >= 500 || answer.status === 429) postpone();
    else take(answer, await answer.json(), upTo, at);
  } catch {
    postpone();
  }
  running = null;
  if (typed > upTo && !failed) wait(AFTER);
}

function post(leaving) {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "autosave");
  return fetch(form.action, {
    method: "POST",
    body,
    headers: { Accept: "application/json" },
    // A browser carries on with at most 64 kB when the page goes away.
    keepalive: leaving && body.toString().length < 60_000,
    redirect: "error",
    signal: AbortSignal.timeout(GIVEN_UP),
  });
}

// What was refused is not sent again as it is, but with the next change: that may mend it, and is kept wherever it can be.
function take(answer, told, upTo, at) {
  failed = 0;
  answered = upTo;
  if (answer.ok) form.elements.version.value = told.version;
  if (answer.ok || told.kept) {
    known = upTo;
    since = at;
  }
  if (told.kept) say("kept", `What you had typed by ${at} is kept`, told.message, told.link);
  else if (!answer.ok) say("stopped", notSaved(), told.message, told.link);
  else if (told.saved) say(told.left_out ? "left-out" : "saved", `Saved at ${told.saved}`, told.left_out);
  else show(() => (shown.hidden = true)); // nothing stands in the page, and nothing in a draft
}

function postpone() {
  say("waiting", notSaved(), KEEP_OPEN);
  wait(AGAIN[Math.min(failed, AGAIN.length - 1)]);
  failed += 1;
}

// The form of this page as the service would show it now.
async function asItStands() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("form:has([name=kept_for])");
}

// Whoever signed in again in another tab has a new token for forms there. It serves here too if she is the same person:
// the key says for whom the page was made. Anybody else's token stays where it is.
async function renewed() {
  const there = await asItStands();
  if (there?.elements.kept_for.value !== form.elements.kept_for.value) return false;
  for (const token of document.querySelectorAll("[name=csrf_token]")) token.value = there.elements.csrf_token.value;
  return true;
}

// What was being saved while a page was loaded anew may have come in after the page was made: look once more.
async function lookAgain() {
  if (typed || running) return;
  const there = await asItStands();
  if (there && !typed && there.elements.version.value !== form.elements.version.value) location.reload();
}

function isWell() {
  return !running && !failed && navigator.onLine;
}

// What is on its way is older. Came it in after the page, it would stand in the place of what was typed since. And where
// nobody answers, the browser's own page would take the place of what was typed.
async function goInTurn(button) {
  pressed = true;
  spoken = said.textContent = "";
  const late = performance.now() + ANSWERED;
  const telling = setTimeout(() => say("waiting", notSaved(), "One moment"), PATIENT);
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, IN_TURN))]);
  mayGo = isWell() || (await answers(late - performance.now()));
  clearTimeout(telling);
  pressed = false;
  if (mayGo) {
    form.requestSubmit(button);
    mayGo = false;
    return;
  }
  say("stopped", notSaved(), AWAY);
  wait(AGAIN[0]);
}

// Whether the service can be reached. A browser calls itself offline where a machine has no network, although the service
// may be on that very machine; and a gateway answers in the place of a service that is down.
function answers(within) {
  return fetch(import.meta.url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(within) }).then(
    (answer) => answer.status < 500,
    () => false,
  );
}

if (form && shown && said) {
  const [opened] = performance.getEntriesByType("navigation");
  if (opened && opened.type !== "navigate") setTimeout(lookAgain, LOOK_AGAIN);
  form.addEventListener("input", () => {
    if (typed === known) since = clock();
    typed += 1;
    gone = false; // whoever types is still here
    if (!timer && !running) wait(AFTER);
  });
  form.addEventListener("focusout", (event) => {
    if (!failed && event.target !== event.relatedTarget) save();
  });
  document.addEventListener("pointerdown", (event) => {
    held = event.button === 0 && event.target.closest("button, a") !== null;
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(letGo));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save({ leaving: true });
  });
  form.addEventListener("submit", (event) => {
    gone = mayGo || isWell();
    if (gone) return;
    event.preventDefault();
    if (!pressed) goInTurn(event.submitter);
  });
  addEventListener("beforeunload", (event) => {
    if (gone || typed === known) return;
    event.preventDefault();
    save({ leaving: true });
  });
}
