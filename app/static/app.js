// Starts the components of the design system. Every page works without this file.
// The address of their script carries a digest of its content, so the page hands it over.
const own = document.querySelector("script[data-components]");

import(own.dataset.components).then((components) => components.initAll());

// A page that waits for something looks again by itself. Not by a header of the page: nobody could stop that.
const waiting = document.querySelector("[data-look-again]");
if (waiting) setTimeout(() => location.reload(), 1000 * waiting.dataset.lookAgain);

// An answer that is not shared cannot be quoted, so it is not offered for that. Without this the form says so.
for (const quoted of document.querySelectorAll('input[type="checkbox"][name="quotable"]')) {
  const shared = document.querySelector(`input[name="answers"][value="${CSS.escape(quoted.value)}"]`);
  if (!shared) continue; // decided beforehand: there are no answers yet
  const follow = () => {
    quoted.disabled = !shared.checked;
    quoted.closest(".govuk-checkboxes__item").hidden = !shared.checked;
  };
  shared.addEventListener("change", follow);
  addEventListener("pageshow", follow);
  follow();
}

// A page that does not save itself asks before somebody leaves it with what she typed, or with what came back to be mended.
for (const form of document.querySelectorAll("form[data-warns]")) {
  let typed = form.dataset.warns === "typed";
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[type=radio], [type=checkbox]")) typed = true;
  });
  form.addEventListener("submit", () => {
    typed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
