// Starts the components of the design system. Every page works without this file.
// The address of their script carries a digest of its content, so the page hands it over.
const own = document.querySelector("script[data-components]");

import(own.dataset.components).then((components) => components.initAll());

// A page that waits for something looks again by itself. Not by a header of the page: nobody could stop that.
const waiting = document.querySelector("[data-look-again]");
if (waiting) setTimeout(() => location.reload(), 1000 * waiting.dataset.lookAgain);
