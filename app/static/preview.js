// Shows a text in Markdown as it will be read, below its box, while somebody writes. Without this file it is shown as it
// was when the page was opened.
const AFTER = 600; // milliseconds after the last change

for (const shown of document.querySelectorAll("[data-preview-of]")) {
  const box = document.getElementById(shown.dataset.previewOf);
  const place = shown.querySelector(".app-prose");
  const form = box.form;
  let timer = 0;
  let asked = 0;
  let stale = false;

  async function show() {
    const mine = ++asked;
    const body = new URLSearchParams({ markdown: box.value, csrf_token: form.elements.csrf_token.value });
    const answer = await fetch("/publish/preview", { method: "POST", body }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    // Cleaned by the service: it lets no script, picture or style through.
    place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    stale = false;
  }

  box.addEventListener("input", () => {
    stale = true;
    clearTimeout(timer);
    if (shown.open) timer = setTimeout(show, AFTER);
  });
  shown.addEventListener("toggle", () => {
    if (shown.open && stale) show();
  });
}
