/* A form that waits for its turn is sent by itself. Works without this file: press its button. */
"use strict";

(() => {
  const form = document.querySelector("form[data-again]");
  if (form) setTimeout(() => form.requestSubmit(), Number(form.dataset.again) * 1_000);
})();
