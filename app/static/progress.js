// Shows how far something has come while its page is open: its part of the page is asked for again, until it is done or
// for so long that nobody looks any more. Without this file the page is loaded again by hand.
const EVERY = 4000; // milliseconds
const TIMES = 150;

for (const part of document.querySelectorAll("[data-progress=going]")) {
  let left = TIMES;

  function shorten() {
    for (const words of part.querySelectorAll("[data-by-hand]")) words.hidden = left > 0;
  }

  async function look() {
    left -= 1;
    if (!document.hidden) {
      const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
      const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = fresh && fresh.querySelector("[data-progress]");
      if (now) {
        part.replaceChildren(...now.childNodes);
        part.dataset.progress = now.dataset.progress;
      }
    }
    shorten();
    if (part.dataset.progress && left) setTimeout(look, EVERY);
  }

  shorten();
  setTimeout(look, EVERY);
}
