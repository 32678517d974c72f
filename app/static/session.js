// Says in good time that somebody will be signed out, and keeps her signed in if she is still there.
// Only the server knows for how long a session is good, because other windows count too: it is asked before anything is
// said. Typing counts as being there. Without this file nothing is said, and what is typed is kept all the same.
const SAID_BEFORE = 180; // seconds: two minutes are promised, and a hidden page's timers run up to one minute late
const AGAIN = 15; // seconds between two looks while it is said
const HEARD_EVERY = 300; // seconds after which typing is told to the server, where no page saved itself
const WORTHWHILE = 60; // staying helps only where it gives at least so many seconds more

const dialog = document.querySelector("dialog[data-session]");
const title = document.title;

let timer = 0;
let ends = 0; // when the session ends if nothing happens, and when at the latest
let latest = 0;
let heard = seconds(); // when the server last heard that somebody is there
let shown = ""; // what the dialog says: rest, whole, over, refused, or nothing
let closed = ""; // what it said when it was closed by hand

function seconds() {
  return Date.now() / 1000;
}

function part(name) {
  return dialog.querySelector(`[data-session-${name}]`);
}

function take({ rest, whole }) {
  ends = seconds() + rest;
  latest = seconds() + whole;
}

async function ask(method = "GET") {
  const token = document.querySelector("#sign-out [name=csrf_token]");
  const answer = await fetch(dialog.dataset.session, {
    method,
    body: method === "POST" ? new URLSearchParams({ csrf_token: token.value }) : undefined,
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  if (!answer.ok) throw new Error(answer.status);
  take(await answer.json());
}

async function look() {
  try {
    await ask();
  } catch {
    // Nobody answers: what was last known is still the best there is to say.
  }
  settle();
}

function settle() {
  clearTimeout(timer);
  const rest = ends - seconds();
  if (rest > SAID_BEFORE) {
    closed = "";
    hide();
    timer = setTimeout(look, (rest - SAID_BEFORE) * 1000);
    return;
  }
  say(rest <= 0 ? "over" : latest - ends < WORTHWHILE ? "whole" : "rest", rest);
  timer = setTimeout(look, (rest > 0 ? Math.min(AGAIN, rest + 1) : AGAIN * 4) * 1000);
}

function say(what, rest) {
  if (what === closed || (what === "rest" && shown === "refused")) return;
  if (what !== shown) open(what);
  if (what === "over") document.title = `Signed out – ${title}`;
  else tell(rest);
}

function open(what) {
  shown = what;
  for (const piece of dialog.querySelectorAll("[data-session-when]")) {
    piece.hidden = !piece.dataset.sessionWhen.split(" ").includes(what);
  }
  const headings = { over: "You have been signed out", refused: "You could not be kept signed in" };
  part("heading").textContent = headings[what] || "You will be signed out soon";
  for (const place of dialog.querySelectorAll("[data-session-left], [data-session-said]")) place.textContent = "";
  if (!dialog.open) dialog.showModal();
  (what === "rest" ? part("stay") : part("heading")).focus();
}

// The words are heard with the dialog, and again each time that they change.
function tell(rest) {
  const minutes = Math.floor(rest / 60);
  const left = minutes < 1 ? "in less than a minute" : minutes === 1 ? "in 1 minute" : `in ${minutes} minutes`;
  for (const place of dialog.querySelectorAll(`[data-session-when="${shown}"] [data-session-left]`)) {
    if (place.textContent && place.textContent !== left) part("said").textContent = `You will be signed out ${left}`;
    place.textContent = left;
  }
  document.title = `Signed out ${left} – ${title}`;
}

function hide() {
  shown = "";
  document.title = title;
  if (dialog.open) dialog.close();
}

function close() {
  closed = shown === "refused" ? "rest" : shown;
  hide();
}

async function stay() {
  heard = seconds();
  try {
    await ask("POST");
    settle();
  } catch {
    if (shown === "rest") open("refused");
  }
}

if (dialog) {
  take({ rest: Number(dialog.dataset.rest), whole: Number(dialog.dataset.whole) });
  document.addEventListener("input", () => {
    if (seconds() - heard >= HEARD_EVERY) stay();
  });
  part("stay").addEventListener("click", stay);
  part("close").addEventListener("click", close);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (shown === "rest") stay();
    else close();
  });
  // A computer that slept, and a page that was gone back to, missed their time.
  const woken = () => {
    if (document.visibilityState !== "hidden" && ends - seconds() <= SAID_BEFORE) look();
  };
  document.addEventListener("visibilitychange", woken);
  addEventListener("pageshow", woken);
  addEventListener("focus", woken);
  settle();
}
