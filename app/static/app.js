// Starts the components of the design system. Every page works without this file.
// The address of their script carries a digest of its content, so the page hands it over.
const own = document.querySelector("script[data-components]");

import(own.dataset.components).then((components) => components.initAll());
