// Lets a row of a list be drawn to another place with the mouse. What it does, the buttons of each row do as well: this is
// a comfort, and nobody who cannot or would not draw misses anything.
const rows = [...document.querySelectorAll("[data-row]")];
let drawn = null;

function press(row, place) {
  const [name, from] = row.dataset.row.split(".");
  const form = row.closest("form");
  const button = document.createElement("button");
  Object.assign(button, { type: "submit", name: "do", value: `to.${name}.${from}.${place}`, hidden: true });
  form.append(button);
  form.requestSubmit(button);
}

// Where both texts of a conflict are shown nothing is moved, and neither is a single row.
if (rows.length > 1 && !document.querySelector("form[data-warns]")) {
  for (const row of rows) {
    const [name, place] = row.dataset.row.split(".");
    const fits = () => drawn && drawn !== row && drawn.dataset.row.startsWith(`${name}.`);
    const handle = Object.assign(document.createElement("span"), { className: "app-handle", draggable: true });
    handle.title = "Draw it to another place";
    handle.setAttribute("aria-hidden", "true");
    row.prepend(handle);
    handle.addEventListener("dragstart", (event) => {
      drawn = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      event.dataTransfer.setDragImage(row, 0, 0);
    });
    handle.addEventListener("dragend", () => {
      drawn = null;
    });
    row.addEventListener("dragover", (event) => {
      if (!fits()) return;
      event.preventDefault();
      row.classList.add("app-ask--here");
    });
    row.addEventListener("dragleave", () => row.classList.remove("app-ask--here"));
    row.addEventListener("drop", (event) => {
      row.classList.remove("app-ask--here");
      if (!fits()) return;
      event.preventDefault();
      press(drawn, place);
    });
  }
}
