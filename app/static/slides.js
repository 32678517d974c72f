// One slide at a time, by keyboard, by touch or with the links. Without this file all slides stand on one page.
const root = document.documentElement;
const slides = [...document.querySelectorAll("[data-slide]")];
const said = document.querySelector("[data-slides-said]");
const full = document.querySelector("[data-slides-full]");
const all = document.querySelector("[data-slides-all]");
const WAYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
const SIDEWAYS = new Set(["ArrowRight", "ArrowLeft"]);

let at = 0;
let one = true;

function named() {
  return slides.findIndex((slide) => `#${slide.id}` === location.hash);
}

// The address names the slide, so that a page that is loaded again or passed on opens where it was.
function show(number, { focus = true } = {}) {
  at = Math.min(Math.max(number, 0), slides.length - 1);
  slides.forEach((slide, i) => slide.classList.toggle("app-slide--now", i === at));
  if (location.hash !== `#${slides[at].id}` && (location.hash || at)) history.replaceState(null, "", `#${slides[at].id}`);
  if (!one) return;
  scrollTo(0, 0);
  said.textContent = `Slide ${at + 1} of ${slides.length}`;
  if (focus) slides[at].querySelector("[tabindex]").focus({ preventScroll: true });
}

function turn(alone) {
  one = alone;
  root.classList.toggle("app-slides--one", one);
  all.textContent = one ? "All slides on one page" : "One slide at a time";
  show(at);
  if (!one) slides[at].scrollIntoView();
}

// A slide that is higher than the window is read to its end before the next one comes.
function reads_on(way) {
  return way > 0 ? scrollY + innerHeight < root.scrollHeight - 2 : scrollY > 2;
}

function pressed(event) {
  if (!one || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") return document.fullscreenElement ? undefined : turn(false);
  if (event.key === " " && event.target.closest("button")) return;
  let to = { Home: 0, End: slides.length - 1 }[event.key];
  if (event.key in WAYS) {
    const way = event.key === " " && event.shiftKey ? -1 : WAYS[event.key];
    if (!SIDEWAYS.has(event.key) && reads_on(way)) return;
    to = at + way;
  }
  if (to === undefined) return;
  event.preventDefault();
  show(to);
}

// In the page of all slides, the slide in sight is the one to go on with.
function passed() {
  if (one) return;
  const there = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > innerHeight / 2);
  if (there >= 0) at = there;
}

function told() {
  full.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen";
}

document.addEventListener("keydown", pressed);
document.addEventListener("fullscreenchange", told);
addEventListener("scroll", passed, { passive: true });
addEventListener("hashchange", () => {
  if (named() >= 0) show(named());
});
all.addEventListener("click", () => turn(!one));
full.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen();
});

all.hidden = false;
full.hidden = !document.fullscreenEnabled;
root.classList.add("app-slides--one");
show(Math.max(named(), 0), { focus: named() >= 0 });
